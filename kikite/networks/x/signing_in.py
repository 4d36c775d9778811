"""Signing in by OAuth 2 with PKCE, and staying signed in.

Access lives two hours. The refresh token that renews it is good for one use: whoever renews keeps the new one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call
from kikite.networks import raw
from kikite.networks.base import UNMETERED
from kikite.networks.calling import USER_AGENT, origin, secret
from kikite.networks.contract import (
    Account,
    Departure,
    Identity,
    NetworkTrouble,
    Renewal,
    Unauthorised,
    Unreachable,
)
from kikite.networks.raw import Json

from . import answers
from .api import Api
from .identity import identify
from .permissions import SCOPES

API = "https://api.x.com"
AUTHORIZE = "https://x.com/i/oauth2/authorize"
_LIFE = 7200  # seconds that access lives where the answer does not tell


class XSignIn:
    """See `contract.SignIn`."""

    def depart(self, account: Account, *, redirect: str, state: str, verifier: str) -> Departure:
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": secret(account, "client_id"),
            "redirect_uri": redirect,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return Departure(str(httpx.URL(_authorize(account), params=query)))

    def exchange_code(
        self, account: Account, *, code: str, redirect: str, verifier: str, timeout: float = 15.0
    ) -> tuple[Identity, ...]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        token = _token(account, form, timeout)
        secrets = _secrets(account, token)
        signed_in = Account("", "", account.base_url, secrets, account.settings)
        api = Api(signed_in, timeout, UNMETERED)
        try:
            return (identify(api, granted=raw.maybe_text(token, "scope").split(), expires_at=_ends(token)),)
        finally:
            api.close()


def renew(account: Account, timeout: float) -> Renewal:
    """Raises NetworkTrouble; Unauthorised when X takes the refresh token no more."""
    if not secret(account, "refresh_token"):
        raise Unauthorised("This account was connected without offline.access; connect it again.")
    token = _token(account, {"grant_type": "refresh_token", "refresh_token": secret(account, "refresh_token")}, timeout)
    return Renewal(_secrets(account, token), _ends(token))


def _authorize(account: Account) -> str:
    """Where people sign in: X's own page, or that of whichever server stands in for X."""
    told = account.settings.get("authorize_url")
    if isinstance(told, str) and told:
        return told
    server = origin(account.base_url)
    return AUTHORIZE if server == origin(API) else str(server.join("/i/oauth2/authorize"))


def _token(account: Account, form: Mapping[str, str], timeout: float) -> Json:
    """The answer of the token endpoint. An app with a secret proves itself by it; one without names itself."""
    client_id, client_secret = secret(account, "client_id"), secret(account, "client_secret")
    with httpx.Client(transport=DeadlineTransport(timeout), headers={"User-Agent": USER_AGENT}) as client:
        request = client.build_request(
            "POST", origin(account.base_url).join("/2/oauth2/token"), data={**form, "client_id": client_id}
        )
        if client_secret:
            pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
            request.headers["Authorization"] = f"Basic {pair}"
        try:
            answer = call(client, request)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
    if answer.status != 200:
        raise _refused(answer)
    return answers.document(answer)


def _refused(answer: Answer) -> NetworkTrouble:
    """X answers 400 to a code, a refresh token or an app that it does not take."""
    if answer.status in (400, 401, 403):
        return Unauthorised(answers.sentence(answer))
    return answers.trouble(answer)


def _secrets(account: Account, token: Json) -> dict[str, str]:
    access = raw.maybe_text(token, "access_token")
    if not access:
        raise Unreachable("X answers the sign-in without an access token.")
    refresh = raw.maybe_text(token, "refresh_token")
    return {**account.secrets, "access_token": access, **({"refresh_token": refresh} if refresh else {})}


def _ends(token: Json) -> datetime:
    seconds = raw.count(token, "expires_in")
    return datetime.now(UTC) + timedelta(seconds=_LIFE if seconds is None else seconds)
