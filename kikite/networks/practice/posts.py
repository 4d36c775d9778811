"""Posts and private messages: writing, changing and taking them back, with everything a feed must learn of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from . import feed, people
from .counting import LENGTH, MEDIA, PRIVATE_LENGTH, weight
from .refusal import Refusal
from .store import Store, now

WORDS = 10  # of a search


def _gone() -> Refusal:
    return Refusal(404, "gone", "This post does not exist, or was deleted.")


def find(store: Store, key: str | int) -> sqlite3.Row | None:
    """A post or private message that still stands."""
    text = str(key)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    return store.row("SELECT * FROM post WHERE id = ? AND deleted_at IS NULL", number)


def get(store: Store, key: str | int) -> sqlite3.Row:
    """The same. Raises Refusal 404 `gone`."""
    row = find(store, key)
    if row is None:
        raise _gone()
    return row


def search(store: Store, query: str, since: int, limit: int) -> list[sqlite3.Row]:
    """Public posts in which every word of the query stands, in any case, oldest first: those after the post `since`;
    the newest ones when that is 0."""
    words = query.split()[:WORDS]
    if not words:
        raise Refusal(422, "invalid", "q is the words to look for.")
    like = " AND ".join(["text LIKE ? ESCAPE '\\'"] * len(words))
    values = [f"%{re.sub(r'([%_\\])', r'\\\1', word)}%" for word in words]
    standing = f"SELECT * FROM post WHERE conversation IS NULL AND deleted_at IS NULL AND id > ? AND {like} ORDER BY id"
    if since:
        return store.rows(f"{standing} LIMIT ?", since, *values, limit)
    return store.rows(f"{standing} DESC LIMIT ?", 0, *values, limit - 1)[::-1]


def publish(
    store: Store,
    author: sqlite3.Row,
    text: str,
    *,
    reply_to: str = "",
    lang: str = "",
    media: Sequence[str] = (),
    at: str = "",
    key: str = "",
    limit: int = LENGTH,
) -> sqlite3.Row:
    """A public post. With a `key` that this server remembers (a switch, off as a rule), the post made with it."""
    with store.writing():
        known = _remembered(store, author, key)
        if known is not None:
            return known
        _check_text(text, media, weight(text), limit)
        parent = get(store, reply_to) if reply_to else None
        if parent is not None:
            if parent["conversation"] is not None:
                raise _gone()
            _check_blocked(store, parent["author"], author["id"])
        root = parent["root"] if parent is not None else None
        row = _insert(store, author, text, lang, at, reply_to=parent["id"] if parent is not None else None, root=root)
        _attach(store, row, media)
        _remember(store, author, key, row)
        feed.announce(store, "post.created", as_data(store, row), row)
        return row


def whisper(
    store: Store,
    author: sqlite3.Row,
    to: sqlite3.Row,
    text: str,
    *,
    lang: str = "",
    media: Sequence[str] = (),
    at: str = "",
    key: str = "",
) -> sqlite3.Row:
    """A private message. Brands may only write to people who wrote to them first."""
    with store.writing():
        known = _remembered(store, author, key)
        if known is not None:
            return known
        _check_text(text, media, len(text), PRIVATE_LENGTH)
        _check_blocked(store, to["id"], author["id"])
        talk = conversation(store, author["id"], to["id"])
        if author["brand"] and not store.row(
            "SELECT 1 FROM post WHERE conversation = ? AND author = ? LIMIT 1", talk, to["id"]
        ):
            raise Refusal(403, "closed", f"@{to['handle']} has not written to you privately, so you cannot begin.")
        if not to["takes_private"]:
            raise Refusal(403, "closed", f"@{to['handle']} does not take private messages.")
        row = _insert(store, author, text, lang, at, conversation=talk, recipient=to["id"])
        _attach(store, row, media)
        _remember(store, author, key, row)
        feed.announce_privately(store, "message.created", as_data(store, row), row)
        return row


def edit(store: Store, row: sqlite3.Row, text: str) -> sqlite3.Row:
    with store.writing() as db:
        private = row["conversation"] is not None
        _check_text(text, ("kept",), len(text) if private else weight(text), PRIVATE_LENGTH if private else LENGTH)
        db.execute("UPDATE post SET text = ?, edited_at = ? WHERE id = ?", (text, now(), row["id"]))
        row = get(store, row["id"])
        _tell(store, "edited", as_data(store, row), row)
        return row


def delete(store: Store, row: sqlite3.Row) -> None:
    """Take a post back. Its words are wiped; the row stays, so that its key is never given again."""
    at = now()
    with store.writing() as db:
        _tell(store, "deleted", {"id": str(row["id"]), "at": at}, row)
        db.execute("UPDATE post SET text = '', deleted_at = ? WHERE id = ?", (at, row["id"]))
        db.execute("DELETE FROM media WHERE post = ?", (row["id"],))


def like(store: Store, row: sqlite3.Row, who: sqlite3.Row, *, removed: bool = False) -> None:
    with store.writing() as db:
        if removed:
            done = db.execute("DELETE FROM liked WHERE post = ? AND account = ?", (row["id"], who["id"])).rowcount
        else:
            done = db.execute("INSERT OR IGNORE INTO liked VALUES (?, ?)", (row["id"], who["id"])).rowcount
        if done and people.by_id(store, row["author"])["token"]:
            data = {"id": str(row["id"]), "by": people.as_author(store, who)}
            feed.append(store, row["author"], "post.unliked" if removed else "post.liked", data)


def conversation(store: Store, one: int, other: int) -> int:
    """The conversation of these two, made if they have none yet."""
    pair = sorted((one, other))
    row = store.row("SELECT id FROM conversation WHERE first = ? AND second = ?", *pair)
    if row:
        return int(row["id"])
    key = store.next_id()
    with store.writing() as db:
        db.execute("INSERT INTO conversation VALUES (?, ?, ?)", (key, *pair))
    return key


def as_data(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    """A post or private message as the API and the feed show it."""
    data = {
        "id": str(row["id"]),
        "author": people.as_author(store, people.by_id(store, row["author"])),
        "text": row["text"],
        "lang": row["lang"],
        "at": row["at"],
        "edited_at": row["edited_at"],
        "media": [as_media(store, media) for media in attached(store, row["id"])],
    }
    if row["conversation"] is not None:
        to = people.as_author(store, people.by_id(store, row["recipient"]))
        return {**data, "conversation": str(row["conversation"]), "to": to}
    return {
        **data,
        "reply_to": str(row["reply_to"]) if row["reply_to"] else None,
        "root": str(row["root"]) if row["reply_to"] else None,
        "mentions": feed.mentions(row["text"]),
        "url": f"{store.base_url}/posts/{row['id']}",
    }


def attached(store: Store, post: int) -> list[sqlite3.Row]:
    return store.rows("SELECT id, mime, alt, width, height FROM media WHERE post = ? ORDER BY place", post)


def as_media(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"], "url": f"{store.base_url}/media/{row['id']}", "mime": row["mime"], "alt": row["alt"],
        "width": row["width"], "height": row["height"],
    }  # fmt: skip


def _tell(store: Store, what: str, data: dict[str, Any], row: sqlite3.Row) -> None:
    if row["conversation"] is None:
        feed.announce(store, f"post.{what}", data, row)
    else:
        feed.announce_privately(store, f"message.{what}", data, row)


def _insert(
    store: Store,
    author: sqlite3.Row,
    text: str,
    lang: str,
    at: str,
    *,
    conversation: int | None = None,
    recipient: int | None = None,
    reply_to: int | None = None,
    root: int | None = None,
) -> sqlite3.Row:
    key = store.next_id()
    store.db.execute(
        "INSERT INTO post (id, author, conversation, recipient, reply_to, root, text, lang, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (key, author["id"], conversation, recipient, reply_to, root or key, text, lang[:20], at or now()),
    )
    return get(store, key)


def _attach(store: Store, post: sqlite3.Row, media: Sequence[str]) -> None:
    for place, key in enumerate(media):
        done = store.db.execute(
            "UPDATE media SET post = ?, place = ? WHERE id = ? AND owner = ? AND post IS NULL",
            (post["id"], place, key, post["author"]),
        )
        if not done.rowcount:
            raise Refusal(422, "invalid", "A picture of this post was never uploaded, or is used already.")


def _check_text(text: str, media: Sequence[str], length: int, limit: int) -> None:
    if not text.strip() and not media:
        raise Refusal(422, "empty", "A post needs words or a picture.")
    if length > limit:
        raise Refusal(422, "too_long", f"This is {length} long; {limit} fit.")
    if len(media) > MEDIA:
        raise Refusal(422, "invalid", f"At most {MEDIA} pictures fit on a post.")


def _check_blocked(store: Store, by: int, account: int) -> None:
    if store.row("SELECT 1 FROM blocked WHERE by = ? AND account = ?", by, account):
        raise Refusal(403, "blocked", "They have blocked you.")


def _remembered(store: Store, author: sqlite3.Row, key: str) -> sqlite3.Row | None:
    if not (key and store.remember_keys):
        return None
    return store.row(
        "SELECT post.* FROM idempotency i JOIN post ON post.id = i.post WHERE i.account = ? AND i.key = ?",
        author["id"],
        key,
    )


def _remember(store: Store, author: sqlite3.Row, key: str, row: sqlite3.Row) -> None:
    if key and store.remember_keys:
        store.db.execute("INSERT INTO idempotency VALUES (?, ?, ?)", (author["id"], key, row["id"]))
