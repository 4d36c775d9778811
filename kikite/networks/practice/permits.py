"""What apps may do for accounts: codes, tokens that end by themselves, refresh tokens that are good for one use.

OAuth 2 (RFC 6749) with PKCE (RFC 7636) as its best practice asks for it (RFC 9700): S256 only, a code or a refresh
token that comes twice is refused, and a code that comes twice takes back what it brought.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import feed, people
from .refusal import Refusal
from .store import Store, now

# What an app may ask for, in words; the first one is part of every permit.
SCOPES = {
    "read": "Read what is said to the account",
    "write": "Post and answer publicly",
    "messages": "Read and write private messages",
}
CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Request:
    """What an app asks for on the page of consent."""

    app: str
    redirect: str
    challenge: str
    state: str
    scopes: tuple[str, ...]


def asked(query: dict[str, str]) -> Request:
    """The request of `GET /oauth/authorize`. Raises Refusal, as a page: such an app is sent nothing."""
    redirect = query.get("redirect_uri", "")
    if query.get("response_type") != "code" or not query.get("client_id"):
        raise Refusal(400, "invalid_request", "The app asks for nothing that this network knows.")
    if not redirect.startswith(("https://", "http://")) or "#" in redirect:
        raise Refusal(400, "invalid_request", "The app does not say where to go back to.")
    if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
        raise Refusal(400, "invalid_request", "The app does not prove itself (PKCE with S256).")
    scopes = tuple(name for name in SCOPES if name in query.get("scope", "").split())
    if "read" not in scopes:
        raise Refusal(400, "invalid_scope", "Without the permission to read, nothing else can be had.")
    return Request(query["client_id"][:80], redirect, query["code_challenge"], query.get("state", ""), scopes)


def allow(store: Store, request: Request, accounts: Iterable[int], scopes: Iterable[str]) -> str:
    """The code that the app changes for tokens."""
    code = secrets.token_urlsafe(24)
    given = " ".join(name for name in request.scopes if name == "read" or name in scopes)
    values = (code, " ".join(map(str, accounts)), request.app, request.redirect, request.challenge, given)
    with store.writing() as db:
        db.execute("INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?, 0)", (*values, time.time() + CODE_SECONDS))
    return code


def exchange(store: Store, form: dict[str, str], life: float) -> dict[str, Any]:
    """What a code brings: a permit for each account that was chosen. Raises Refusal invalid_grant."""
    row = store.row("SELECT * FROM code WHERE code = ?", form.get("code", ""))
    if row is None:
        raise _no("This code is not known.")
    if row["used"]:
        with store.writing() as db:
            db.execute("DELETE FROM permit WHERE code = ?", (row["code"],))
        raise _no("This code was used before; what it brought is taken back.")
    if row["until"] < time.time() or row["app"] != form.get("client_id") or row["redirect"] != form.get("redirect_uri"):
        raise _no("This code is too old, or another app's.")
    if not hmac.compare_digest(row["challenge"], challenge(form.get("code_verifier", ""))):
        raise _no("The verifier is not the one that this code was asked for with.")
    with store.writing() as db:
        db.execute("UPDATE code SET used = 1 WHERE code = ?", (row["code"],))
        return {"accounts": [_permit(store, int(account), row, life) for account in row["accounts"].split()]}


def refresh(store: Store, form: dict[str, str], life: float) -> dict[str, Any]:
    """New tokens for a refresh token, which is used up by it. Raises Refusal invalid_grant."""
    row = store.row("SELECT * FROM permit WHERE refresh = ?", form.get("refresh_token", ""))
    if row is None or row["app"] != form.get("client_id"):
        raise _no("This refresh token is not known, or was used before.")
    with store.writing() as db:
        db.execute("DELETE FROM permit WHERE id = ?", (row["id"],))
        return _permit(store, row["account"], row, life)


def holder(store: Store, token: str) -> tuple[sqlite3.Row, frozenset[str]] | None:
    """Whose token this is and what it may do; an account's own may do everything."""
    account = people.by_token(store, token)
    if account is not None:
        return account, frozenset(SCOPES)
    row = store.row("SELECT * FROM permit WHERE access = ? AND access_until > ?", token, time.time()) if token else None
    return (people.by_id(store, row["account"]), frozenset(row["scopes"].split())) if row else None


def forget(store: Store, token: str) -> None:
    """The app itself gives its permit back (RFC 7009); a token that is not known is no error."""
    with store.writing() as db:
        db.execute("DELETE FROM permit WHERE access = ? OR refresh = ?", (token, token))


def take_back(store: Store, account: int) -> None:
    """The owner takes back what apps may do for the account, and each app's webhook is told."""
    with store.writing() as db:
        apps = [row["app"] for row in store.rows("SELECT app FROM permit WHERE account = ?", account)]
        db.execute("DELETE FROM permit WHERE account = ?", (account,))
        for app in apps:
            feed.append(store, account, "permit.revoked", {"app": app, "at": now()})


def expire(store: Store, account: int) -> None:
    """Access has ended, of every app; refresh tokens still work."""
    with store.writing() as db:
        db.execute("UPDATE permit SET access_until = 0 WHERE account = ?", (account,))


def challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _permit(store: Store, account: int, of: sqlite3.Row, life: float) -> dict[str, Any]:
    """A new permit with the scopes of a code or an older permit, as the app is told. In a transaction."""
    access, again = people.new_token(), "refresh_" + secrets.token_urlsafe(24)
    store.db.execute(
        "INSERT INTO permit (account, app, scopes, code, access, access_until, refresh) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account, of["app"], of["scopes"], of["code"], access, time.time() + life, again),
    )
    row = people.by_id(store, account)
    told = {"access_token": access, "refresh_token": again, "expires_in": life, "scope": of["scopes"]}
    return {
        **told,
        "token_type": "Bearer",
        "account": people.as_author(store, row),
        "webhook_secret": row["hook_secret"],
    }


def _no(sentence: str) -> Refusal:
    return Refusal(400, "invalid_grant", sentence)
