"""The feed of each account that has a token: every event that concerns it, under ids that only grow.

Polling, the stream and webhooks all hand out these rows, so they cannot disagree.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import orjson

from .store import Store, now

MENTION = re.compile(r"(?<![A-Za-z0-9_@.])@([A-Za-z0-9_]{1,30})")
PAGE = 200


def mentions(text: str) -> list[str]:
    """The @handles of a text in order, each once, without the sign."""
    return list(dict.fromkeys(MENTION.findall(text)))


def append(store: Store, account: int, kind: str, data: dict[str, Any], at: str = "") -> None:
    store.db.execute(
        "INSERT INTO event (account, type, at, data) VALUES (?, ?, ?, ?)",
        (account, kind, at or now(), orjson.dumps(data)),
    )


def announce(store: Store, kind: str, data: dict[str, Any], post: sqlite3.Row) -> None:
    """Put an event about a public post into the feeds of everybody whom it concerns, with the reason as `why`."""
    for account, why in _audience(store, post):
        store.db.execute("INSERT OR IGNORE INTO watch VALUES (?, ?)", (post["root"], account))
        append(store, account, kind, {**data, "why": why})


def announce_privately(store: Store, kind: str, data: dict[str, Any], message: sqlite3.Row) -> None:
    for row in store.rows(
        "SELECT id FROM account WHERE token IS NOT NULL AND id IN (?, ?)", message["author"], message["recipient"]
    ):
        append(store, row["id"], kind, {**data, "why": "own" if row["id"] == message["author"] else "private"})


def _audience(store: Store, post: sqlite3.Row) -> list[tuple[int, str]]:
    named = {handle.lower() for handle in mentions(post["text"])}
    words = post["text"].lower()
    watching = {row["account"] for row in store.rows("SELECT account FROM watch WHERE root = ?", post["root"])}
    parent = store.row("SELECT author FROM post WHERE id = ?", post["reply_to"]) if post["reply_to"] else None
    found = []
    for row in store.rows("SELECT id, handle, terms FROM account WHERE token IS NOT NULL"):
        if row["id"] == post["author"]:
            found.append((row["id"], "own"))
        elif row["handle"].lower() in named:
            found.append((row["id"], "mention"))
        elif parent is not None and parent["author"] == row["id"]:
            found.append((row["id"], "reply"))
        elif row["id"] in watching:
            found.append((row["id"], "thread"))
        elif any(term in words for term in row["terms"].lower().split("\n") if term):
            found.append((row["id"], "heard"))
    return found


def event(row: sqlite3.Row) -> bytes:
    """One event as JSON, the same to the byte whichever way it travels."""
    return b'{"id":"%d","type":"%s","at":"%s","data":%s}' % (
        row["id"],
        row["type"].encode(),
        row["at"].encode(),
        row["data"],
    )


def after(store: Store, account: int, since: int, limit: int = PAGE) -> list[sqlite3.Row]:
    return store.rows(
        "SELECT * FROM event WHERE account = ? AND id > ? AND data IS NOT NULL ORDER BY id LIMIT ?",
        account, since, limit,
    )  # fmt: skip


def forget(store: Store, account: int) -> None:
    """The events so far are no longer told: what a network does with old ones."""
    with store.writing() as db:
        db.execute("UPDATE event SET data = NULL WHERE account = ?", (account,))


def gap(store: Store, account: int, since: int) -> dict[str, str] | None:
    """The time of which events after `since` were forgotten; None when none were."""
    row = store.row(
        "SELECT min(at) AS since, max(at) AS until FROM event WHERE account = ? AND id > ? AND data IS NULL",
        account, since,
    )  # fmt: skip
    return {"since": row["since"], "until": row["until"]} if row and row["since"] else None


def latest(store: Store, account: int, count: int) -> list[sqlite3.Row]:
    """The newest `count` events, oldest of them first: where a client without a cursor begins."""
    return store.rows(
        "SELECT * FROM (SELECT * FROM event WHERE account = ? AND data IS NOT NULL ORDER BY id DESC LIMIT ?)"
        " ORDER BY id",
        account, count,
    )  # fmt: skip


def last_id(store: Store, account: int) -> int:
    row = store.row("SELECT coalesce(max(id), 0) AS id FROM event WHERE account = ?", account)
    return int(row["id"]) if row else 0
