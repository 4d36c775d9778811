"""Signed in at one server: tokens are kept, renewed when they expire, and given back to the caller when they change."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from ..calling import later, lost
from ..contract import Account, Later, Meter, NetworkTrouble, Unauthorised, Unknown, Unreachable
from .raw import Json
from .xrpc import Query, Reply, Xrpc, trouble

# An access token that the server no longer takes; it then certainly did nothing.
STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})


class Session:
    """Sessions are scarce (30 in 5 minutes, 300 a day, https://docs.bsky.app/docs/advanced-guides/rate-limits), so a
    known refresh token goes before the password. `renewed` is everything that the caller should keep."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self._identifier = account.key or account.handle or account.secrets.get("handle", "")
        self.xrpc = Xrpc(account.base_url, timeout, meter, self._identifier)
        self.renewed: Mapping[str, str] | None = None
        self._secrets = dict(account.secrets)

    @property
    def secrets(self) -> dict[str, str]:
        """The credentials as they are now."""
        return dict(self._secrets)

    def read(self, method: str, query: Query | None = None, *, proxy: str = "") -> Json:
        """The answer to a question. Raises NetworkTrouble, or Refusal for what the server will not tell."""
        return self._answered(method, query, proxy=proxy)

    def write(self, method: str, data: Json, *, proxy: str = "") -> Reply | Later | Unknown:
        """The answer to a write of whatever status, or what its silence means."""
        try:
            return self.ask(method, data=data, proxy=proxy)
        except NetworkTrouble as trouble:  # no token is to be had, or the limit is spent: nothing was sent
            return later(trouble)
        except httpx.TransportError as error:
            return lost(error)

    def upload(self, content: bytes, mime: str) -> Json:
        """Put a blob onto the server, where it lasts if a record names it soon. Raises NetworkTrouble, Refusal."""
        return self._answered("com.atproto.repo.uploadBlob", data=content, mime=mime)

    def _answered(
        self, method: str, query: Query | None = None, *, data: bytes | None = None, mime: str = "", proxy: str = ""
    ) -> Json:
        try:
            reply = self.ask(method, query, data=data, mime=mime, proxy=proxy)
        except httpx.TransportError as error:
            raise _silent(error) from error
        if reply.status == 401 and proxy:  # our token is new, so this is between the server and the service
            raise Unreachable(f"{proxy}: {reply.said}")
        if not reply.ok:
            raise trouble(reply)
        return reply.data

    def ask(
        self,
        method: str,
        query: Query | None = None,
        *,
        data: Json | bytes | None = None,
        mime: str = "application/json",
        proxy: str = "",
    ) -> Reply:
        """One signed-in request, once more with a new token when the server says that ours is stale.

        Raises httpx.TransportError for this request alone, NetworkTrouble when no token is to be had.
        """
        token = self._secrets.get("access") or self._renew()
        reply = self.xrpc.ask(method, query, data=data, token=token, mime=mime, proxy=proxy)
        if _is_stale(reply):
            reply = self.xrpc.ask(method, query, data=data, token=self._renew(), mime=mime, proxy=proxy)
        return reply

    def _renew(self) -> str:
        """A fresh access token. Raises NetworkTrouble."""
        reply = self._refreshed()
        if reply is None or not reply.ok:
            reply = self._sign_in()
        if not reply.ok:
            self._secrets.pop("access", None)
            raise _rejected(reply)
        tokens = {"access": reply.data.get("accessJwt"), "refresh": reply.data.get("refreshJwt")}
        kept = {name: value for name, value in tokens.items() if isinstance(value, str) and _plain(value)}
        if len(kept) < 2:
            raise Unreachable("this is no AT Protocol server: it signs us in without tokens")
        self._secrets |= kept
        self.renewed = self.secrets
        return kept["access"]

    def _refreshed(self) -> Reply | None:
        """The answer to our refresh token; None without one. A token that was refused is forgotten."""
        token = self._secrets.get("refresh", "")
        reply = self._call("com.atproto.server.refreshSession", token=token) if token else None
        if reply is not None and not reply.ok:
            del self._secrets["refresh"]
        return reply

    def _sign_in(self) -> Reply:
        credentials = {"identifier": self._identifier.lstrip("@"), "password": self._secrets.get("app_password", "")}
        return self._call("com.atproto.server.createSession", data=credentials)

    def _call(self, method: str, *, data: Json | None = None, token: str = "") -> Reply:
        try:
            reply = self.xrpc.ask(method, data=data, post=True, token=token)
        except httpx.TransportError as error:
            raise _silent(error) from error
        if reply.status == 429 or reply.status >= 500:
            raise trouble(reply)
        return reply

    def close(self) -> None:
        self.xrpc.close()


def _is_stale(reply: Reply) -> bool:
    return reply.status == 401 or (reply.status == 400 and reply.error in STALE and not reply.unprivileged)


def _silent(error: httpx.TransportError) -> Unreachable:
    return Unreachable(str(error) or type(error).__name__)


def _rejected(reply: Reply) -> Unauthorised | Unreachable:
    """Why the password was not taken. Only a refusal is the password's fault."""
    if reply.error == "AuthFactorTokenRequired":
        return Unauthorised("this is the account's own password, which asks for a code by e-mail: make an app password")
    if 400 <= reply.status < 500 and reply.status != 404:
        return Unauthorised(reply.said)
    return Unreachable(reply.said)


def _plain(token: str) -> bool:
    """Whether it can stand in a header."""
    return bool(token) and all("!" <= char <= "~" for char in token)
