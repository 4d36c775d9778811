"""Who is asking: an app by its bearer token, a user by OAuth 2 or by OAuth 1.0a (RFC 5849, every signature checked).

Access tokens live two hours; a refresh token is good for one use, as X says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from tests.servers.strict import Operation

from .problems import Problem
from .state import State, Thing

ACCESS_LIVES = 7200  # seconds
CLOCK_MAY_BE_OFF = 300  # seconds
WAYS = {"OAuth2UserToken": "OAuth 2.0 User Context", "UserToken": "OAuth 1.0a User Context"}
WAYS["BearerToken"] = "OAuth 2.0 Application-Only"


@dataclass(frozen=True, slots=True)
class Caller:
    """`scheme` as the description calls it; `user` is "" for the app itself."""

    scheme: str
    user: str = ""
    scopes: frozenset[str] = frozenset()

    @property
    def limited_as(self) -> str:
        return self.user or "app"


def caller(
    state: State, method: str, url: str, query: str, authorization: str, form: bytes, skew: float = 0.0
) -> Caller:
    """Raises Problem 401."""
    scheme, _, rest = authorization.partition(" ")
    if scheme == "Bearer":
        return _bearer(state, rest)
    if scheme == "OAuth":
        return _signed(state, method, url, query, rest, form, time.time() + skew)
    raise Problem.unauthorised()


def _bearer(state: State, token: str) -> Caller:
    if hmac.compare_digest(token.encode(), state.app["bearer"].encode()):
        return Caller("BearerToken")
    found = state.tokens.get(token)
    if found is None or found["until"] < time.time():
        raise Problem.unauthorised()
    return Caller("OAuth2UserToken", found["user"], frozenset(found["scopes"]))


def _signed(state: State, method: str, url: str, query: str, told: str, form: bytes, at: float) -> Caller:
    given = dict(_unquoted(part) for part in told.split(",") if "=" in part)
    key = state.keys.get(given.get("oauth_token", ""))
    if key is None or given.get("oauth_consumer_key") != state.app["consumer_key"] or key["dead"]:
        raise Problem.unauthorised()
    nonce, when = given.get("oauth_nonce", ""), given.get("oauth_timestamp", "")
    if not when.isdecimal() or abs(int(when) - at) > CLOCK_MAY_BE_OFF or not nonce or nonce in state.nonces:
        raise Problem.unauthorised()
    pairs = [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
    pairs += parse_qsl(query, keep_blank_values=True)
    pairs += parse_qsl(form.decode("utf-8", "replace"), keep_blank_values=True)
    right = signature(method, url, pairs, state.app["consumer_secret"], key["secret"])
    if given.get("oauth_signature_method") != "HMAC-SHA1" or not hmac.compare_digest(
        right, given.get("oauth_signature", "")
    ):
        raise Problem.unauthorised()
    state.nonces[nonce] = {"at": when}
    return Caller("UserToken", key["user"])


def _unquoted(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return unquote(name), unquote(value.strip('"'))


def signature(method: str, url: str, pairs: Iterable[tuple[str, str]], consumer: str, token: str) -> str:
    """RFC 5849, 3.4: HMAC-SHA1 over method, address and the sorted parameters."""
    quoted = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
    parameters = "&".join(f"{name}={value}" for name, value in quoted)
    base = "&".join(quote(part, safe="~") for part in (method.upper(), url, parameters))
    key = f"{quote(consumer, safe='~')}&{quote(token, safe='~')}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def admit(one: Caller, operation: Operation | None) -> None:
    """May they do this? Raises Problem 403 for the wrong way in or a scope that was not granted."""
    if operation is None or not operation.security:
        return
    allowed = {name: scopes for way in operation.security for name, scopes in way.items()}
    if one.scheme not in allowed:
        raise Problem.wrong_way(WAYS[one.scheme], [WAYS[name] for name in allowed])
    if one.scheme == "OAuth2UserToken" and not one.scopes.issuperset(allowed[one.scheme]):
        raise Problem.forbidden("Forbidden")


# --- tokens ---


def tokens(state: State, user: str, scopes: Iterable[str]) -> Thing:
    """New ones; a refresh token only for who asked for `offline.access`."""
    scopes = sorted(scopes)
    access = secrets.token_urlsafe(36)
    state.tokens[access] = {"user": user, "scopes": scopes, "until": time.time() + ACCESS_LIVES}
    told: Thing = {
        "token_type": "bearer",
        "expires_in": ACCESS_LIVES,
        "access_token": access,
        "scope": " ".join(scopes),
    }
    if "offline.access" in scopes:
        told["refresh_token"] = secrets.token_urlsafe(36)
        state.refreshes[told["refresh_token"]] = {"user": user, "scopes": scopes, "access": access}
    return told


def forget(state: State, user: str) -> None:
    """The user took the app's permission back, or the test did."""
    for table in (state.tokens, state.refreshes):
        for name in [name for name, one in table.items() if one["user"] == user]:
            del table[name]
    for one in state.keys.values():
        one["dead"] = one["dead"] or one["user"] == user


def client(state: State, authorization: str, form: Mapping[str, str]) -> bool:
    """Whether the app proved itself: its id and secret by Basic, or a public client's id in the form."""
    app = state.app
    if authorization:
        return basic(authorization, app["client_id"], app["client_secret"])
    return bool(app["public"] and form.get("client_id") == app["client_id"])


def basic(authorization: str, key: str, secret: str) -> bool:
    """RFC 7617."""
    right = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
    return hmac.compare_digest(authorization.encode(), right.encode())


def challenge(verifier: str, method: str) -> str:
    """RFC 7636, 4.2."""
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
