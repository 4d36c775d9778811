"""Signing in at an instance (OAuth 2): an app is made there for each sign-in, and the person agrees to its scopes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call
from kikite.lib.words import gettext_noop as _
from kikite.networks.calling import USER_AGENT, origin
from kikite.networks.contract import Account, Departure, Identity, Permission, Unauthorised, Unreachable
from kikite.networks.raw import Json

from .client import sentence, trouble
from .connection import MastodonConnection

PERMISSIONS = (
    Permission("read:accounts", _("Tells who the account is, and who writes to it.")),
    Permission("read:notifications", _("Brings mentions, direct messages and quotes.")),
    Permission("read:statuses", _("Brings threads, edits and deletions, and finds out whether a reply was sent.")),
    Permission("write:statuses", _("Sends replies and takes them back.")),
    Permission("write:media", _("Sends pictures with replies."), required=False),
    Permission("write:favourites", _("Likes what customers say."), required=False),
    Permission("read:search", _("Searches what everybody says, for listeners."), required=False),
)
_WHOLE = "read write"  # for servers that know only these, or do not say which they know
_REACH = 15.0


class MastodonSignIn:
    """See `contract.SignIn`."""

    def depart(self, account: Account, *, redirect: str, state: str, verifier: str) -> Departure:
        server = _Server(account, _REACH)
        known = server.describes_itself()
        scopes, pkce = _scopes(known), "S256" in _names(known.get("code_challenge_methods_supported"))
        app = server.post(
            "/api/v1/apps",
            {"client_name": "Kikite", "redirect_uris": redirect, "scopes": scopes},
        )
        secrets = {"client_id": _said(app, "client_id"), "client_secret": _said(app, "client_secret")}
        query = {
            "response_type": "code", "client_id": secrets["client_id"], "redirect_uri": redirect, "scope": scopes,
            "state": state,
        }  # fmt: skip
        if pkce:
            query |= {"code_challenge": _challenge(verifier), "code_challenge_method": "S256"}
        secrets["pkce"] = "S256" if pkce else ""
        return Departure(f"{origin(account.base_url)}oauth/authorize?{urlencode(query)}", secrets)

    def exchange_code(
        self, account: Account, *, code: str, redirect: str, verifier: str, timeout: float = 15.0
    ) -> tuple[Identity, ...]:
        app = {name: account.secrets.get(name, "") for name in ("client_id", "client_secret")}
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, **app}
        if account.secrets.get("pkce"):
            form["code_verifier"] = verifier
        told = _Server(account, timeout).post("/oauth/token", form, refused=Unauthorised)
        secrets = {"access_token": _said(told, "access_token"), **app}
        connection = MastodonConnection(replace(account, secrets=secrets), timeout)
        try:
            identity = connection.identify()
        finally:
            connection.close()
        return (replace(identity, secrets=secrets, missing=missing(told.get("scope"))),)


def revoke(account: Account, timeout: float) -> None:
    """A token that signing in brought; one that somebody made by hand is theirs. Raises NetworkTrouble."""
    names = ("client_id", "client_secret", "access_token")
    form = {("token" if name == "access_token" else name): account.secrets.get(name, "") for name in names}
    if all(form.values()):
        _Server(account, timeout).post("/oauth/revoke", form)


def missing(granted: object) -> tuple[str, ...]:
    """The permissions that a token lacks, by the scopes that came with it: "read" holds every "read:…"."""
    names = granted.split() if isinstance(granted, str) else []
    if not names:
        return ()
    return tuple(one.name for one in PERMISSIONS if one.name not in names and one.name.partition(":")[0] not in names)


class _Server:
    """The instance, to whom nobody has signed in yet."""

    def __init__(self, account: Account, timeout: float) -> None:
        self._origin = origin(account.base_url)
        self._timeout = timeout

    def describes_itself(self) -> Json:
        """Its OAuth metadata (RFC 8414, since Mastodon 4.3); nothing where it tells none."""
        answer = self._ask("GET", "/.well-known/oauth-authorization-server")
        return _object(answer) if answer.status == 200 else {}

    def post(self, path: str, form: Mapping[str, str], refused: type[Exception] = Unreachable) -> Json:
        """Raises `refused` for a 4xx, other NetworkTrouble else."""
        answer = self._ask("POST", path, form)
        if answer.status in (400, 401, 403, 404, 422):
            raise refused(sentence(answer))
        if answer.status // 100 != 2:
            raise trouble(answer)
        return _object(answer)

    def _ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        with httpx.Client(base_url=self._origin, transport=DeadlineTransport(self._timeout), headers=headers) as client:
            try:
                return call(client, client.build_request(method, path, data=form))
            except httpx.TransportError as error:
                raise Unreachable(str(error) or type(error).__name__) from error


def _scopes(known: Json) -> str:
    """Only what is used, where the server tells that it knows scopes so fine."""
    wanted = [one.name for one in PERMISSIONS]
    return " ".join(wanted) if set(wanted) <= set(_names(known.get("scopes_supported"))) else _WHOLE


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _names(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _said(data: Json, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Unreachable(f"No Mastodon server answers at this address: {name} is missing.")
    return value


def _object(answer: Answer) -> Json:
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Unreachable("No Mastodon server answers at this address.") from error
    if not isinstance(data, dict):
        raise Unreachable("No Mastodon server answers at this address.")
    return data
