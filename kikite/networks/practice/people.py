"""Accounts of the practice network: who is there, their tokens, profiles and faces."""

from __future__ import annotations

import hashlib
import html
import re
import secrets
import sqlite3
from typing import Any

from .refusal import Refusal
from .store import Store, now

HANDLE = re.compile(r"[A-Za-z0-9_]{1,30}")
PROFILE = ("name", "bio", "followers", "automated", "takes_private")


def find(store: Store, handle: str) -> sqlite3.Row | None:
    return store.row("SELECT * FROM account WHERE handle = ?", handle.removeprefix("@"))


def get(store: Store, handle: str) -> sqlite3.Row:
    row = find(store, handle)
    if row is None:
        raise Refusal(404, "nobody", f"There is no account @{handle.removeprefix('@')[:30]} here.")
    return row


def by_id(store: Store, key: int) -> sqlite3.Row:
    row = store.row("SELECT * FROM account WHERE id = ?", key)
    if row is None:
        raise Refusal(404, "nobody", "There is no such account here.")
    return row


def ensure(store: Store, handle: str, **profile: Any) -> sqlite3.Row:
    """The account of that handle, made if it is not there yet; given fields of the profile are brought up to date."""
    handle = handle.removeprefix("@")
    if not HANDLE.fullmatch(handle):
        raise Refusal(422, "invalid", "A handle is 1 to 30 letters, digits or underscores.")
    fresh = {name: value for name, value in profile.items() if name in PROFILE and value is not None}
    with store.writing() as db:
        row = find(store, handle)
        if row is None:
            db.execute(
                "INSERT INTO account (id, handle, name, at) VALUES (?, ?, ?, ?)",
                (store.next_id(), handle, handle, now()),
            )
        elif all(row[name] == value for name, value in fresh.items()):
            return row
        for name, value in fresh.items():
            db.execute(f"UPDATE account SET {name} = ? WHERE handle = ?", (value, handle))
    return get(store, handle)


def ensure_brand(store: Store, handle: str, name: str, terms: list[str], bio: str = "") -> sqlite3.Row:
    """A brand's account with a token and a webhook secret; both stay as they are when it exists already."""
    row = ensure(store, handle, name=name or None, bio=bio or None)
    with store.writing() as db:
        db.execute(
            "UPDATE account SET brand = 1, token = coalesce(token, ?), terms = ?,"
            " hook_secret = CASE hook_secret WHEN '' THEN ? ELSE hook_secret END WHERE id = ?",
            (new_token(), "\n".join(terms) or row["terms"], secrets.token_hex(32), row["id"]),
        )
    return by_id(store, row["id"])


def new_token() -> str:
    return "practice_" + secrets.token_urlsafe(24)


def renew_token(store: Store, account: int) -> str:
    """A fresh token; the one before is dead."""
    token = new_token()
    with store.writing() as db:
        db.execute("UPDATE account SET token = ?, expired = 0 WHERE id = ?", (token, account))
    return token


def by_token(store: Store, token: str) -> sqlite3.Row | None:
    return store.row("SELECT * FROM account WHERE token = ? AND NOT expired", token) if token else None


def as_author(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    """An account as posts carry it."""
    return {
        "id": str(row["id"]),
        "handle": row["handle"],
        "name": row["name"],
        "avatar": f"{store.base_url}/avatars/{row['handle']}.svg",
        "url": f"{store.base_url}/@{row['handle']}",
        "followers": row["followers"],
        "automated": bool(row["automated"]),
    }


def initials(name: str) -> str:
    """MK for Mara K., 木 for 木村 さやか."""
    words = [word for word in re.split(r"[\s_]+", name) if word and word[0].isalnum()]
    if not words:
        return "?"
    if not words[0][0].isascii():
        return words[0][0]
    return "".join(word[0] for word in words[:2]).upper()


def face(row: sqlite3.Row) -> str:
    """An avatar: initials on a hue that belongs to the handle; brands have the network's own."""
    hue = int(hashlib.sha256(row["handle"].lower().encode()).hexdigest()[:4], 16) % 360
    ground = "#0c7c78" if row["brand"] else f"hsl({hue} 32% 42%)"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" fill="{ground}"/>'
        '<text x="32" y="33" fill="#fff" font-family="system-ui,sans-serif" font-size="25" font-weight="600"'
        f' text-anchor="middle" dominant-baseline="central">{html.escape(initials(row["name"]))}</text></svg>'
    )
