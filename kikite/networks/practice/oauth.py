"""OAuth 2 with PKCE as a client of a practice server: to its page of consent, codes into tokens, tokens renewed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call

from ..calling import in_header, origin
from ..contract import Account, Departure, Identity, Renewal, Unauthorised, Unreachable
from . import translation
from .outcomes import json_of, raise_for, refused

CLIENT = "Kikite"
REACH = 5.0  # seconds to look whether there is a server at all, while a person waits


def depart(account: Account, scopes: Sequence[str], *, redirect: str, state: str, verifier: str) -> Departure:
    """The page of consent. Nobody is sent to a server that is none: raises Unreachable."""
    query = {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": redirect, "state": state,
        "scope": " ".join(scopes), "code_challenge": _challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    with httpx.Client(transport=DeadlineTransport(REACH)) as client:
        answer = _call(client, client.build_request("GET", origin(account.base_url).join("/page/mark.svg")))
    if answer.status != 200:
        raise Unreachable("there is no practice server at this address")
    return Departure(f"{origin(account.base_url)}oauth/authorize?{urlencode(query)}")


def exchange(
    account: Account, scopes: Sequence[str], *, code: str, redirect: str, verifier: str, timeout: float
) -> tuple[Identity, ...]:
    """The accounts that were chosen on the page of consent. Raises NetworkTrouble."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    data = _token(account, form, timeout)
    try:
        return tuple(_identity(account, scopes, found, timeout) for found in data["accounts"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unreachable(f"the practice server's answer cannot be read: {error!r:.200}") from None


def _identity(account: Account, scopes: Sequence[str], found: dict[str, Any], timeout: float) -> Identity:
    granted = str(found["scope"]).split()
    secrets = _secrets(found) | {"webhook_secret": str(found["webhook_secret"])}
    said = _said_of(account, secrets["token"], timeout)
    return Identity(
        translation.author(found["account"]),
        {"limits": said.get("limits", {}), "life": _life(found)},
        secrets,
        tuple(name for name in scopes if name not in granted),
        _until(found),
    )


def renew(account: Account, timeout: float) -> Renewal:
    """A refresh token is good for one use. Raises Unauthorised when it was used or taken back."""
    form = {"grant_type": "refresh_token", "refresh_token": account.secrets.get("refresh_token", "")}
    data = _token(account, form, timeout)
    try:
        return Renewal({**account.secrets, **_secrets(data)}, _until(data))
    except (KeyError, TypeError, ValueError) as error:
        raise Unreachable(f"the practice server's answer cannot be read: {error!r:.200}") from None


def revoke(account: Account, timeout: float) -> None:
    """Give access back. Raises NetworkTrouble."""
    _post(account, "/oauth/revoke", {"token": account.secrets.get("refresh_token", "")}, timeout)


def _secrets(data: dict[str, Any]) -> dict[str, str]:
    return {"token": str(data["access_token"]), "refresh_token": str(data["refresh_token"])}


def _life(data: dict[str, Any]) -> float:
    return max(float(data["expires_in"]), 0.0)


def _until(data: dict[str, Any]) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=min(_life(data), 10**9))


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _said_of(account: Account, token: str, timeout: float) -> dict[str, Any]:
    """What the server says of itself to the new token. Raises NetworkTrouble."""
    with httpx.Client(transport=DeadlineTransport(timeout)) as client:
        headers = {"Authorization": f"Bearer {in_header(token)}"}
        answer = _call(
            client, client.build_request("GET", origin(account.base_url).join("/api/account"), headers=headers)
        )
    if answer.status != 200:
        raise_for(refused(answer))
    return json_of(answer) or {}


def _token(account: Account, form: dict[str, str], timeout: float) -> dict[str, Any]:
    """Raises Unauthorised for a code or refresh token that is not taken, Unreachable for all else."""
    answer = _post(account, "/oauth/token", form, timeout)
    data = json_of(answer)
    if data is None:
        raise Unreachable("the practice server's answer is not JSON")
    if answer.status == 400:
        raise Unauthorised(str(data.get("message", ""))[:300] or "the practice server does not take it")
    if answer.status != 200:
        raise_for(refused(answer))
    return data


def _post(account: Account, path: str, form: dict[str, str], timeout: float) -> Answer:
    with httpx.Client(transport=DeadlineTransport(timeout)) as client:
        data = {"client_id": CLIENT, **form}
        return _call(client, client.build_request("POST", origin(account.base_url).join(path), data=data))


def _call(client: httpx.Client, request: httpx.Request) -> Answer:
    try:
        return call(client, request)
    except httpx.TransportError as error:
        raise Unreachable(f"the server does not answer: {error}") from None
