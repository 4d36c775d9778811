"""The practice network's events, made neutral.

Checks are written out by hand: a busy desk translates thousands of these a second. Whatever does not fit raises
Unreadable, and nothing else is ever raised, whatever the bytes are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ..contract import Author, Deletion, Delivery, Incoming, Media, Message, Reaction, Revoked, Unreadable, Visibility

KEY_LENGTH = 64
_fromisoformat = datetime.fromisoformat


def delivery(event: object) -> Delivery:
    """One event as something to keep. One without an id of its own is kept under its digest, to be set aside."""
    try:
        body = orjson.dumps(event)
    except orjson.JSONEncodeError:  # nested more deeply than orjson writes, though it reads it
        body, event = repr(event).encode("utf-8", "replace"), None
    if type(event) is dict:
        key, kind = event.get("id"), event.get("type")
        if type(key) is str and 0 < len(key) <= KEY_LENGTH and type(kind) is str and kind:
            return Delivery(key, kind[:40], body)
    return Delivery(hashlib.sha256(body).hexdigest(), "unreadable", body)


def found(post: object) -> Delivery:
    """A post that was asked for, as an event of its own: the same for each version of it."""
    data = post if type(post) is dict else {}
    version = f"found:{data.get('id')}:{data.get('edited_at') or ''}"[:200]
    return Delivery(version, "post.found", orjson.dumps({"type": "post.found", "data": data}))


def gone(key: str) -> Delivery:
    """The word that a post no longer stands."""
    event = {"type": "post.deleted", "data": {"id": key, "at": datetime.now(UTC).isoformat()}}
    return Delivery(f"gone:{key}", "post.deleted", orjson.dumps(event))


def translate(body: bytes, ours: str = "") -> list[Incoming]:
    """The neutral value of one event; an empty list for types that say nothing to a desk. `ours` is the account whose
    feed it stood in: an event says why it is there, not by which key the account goes."""
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from None
    if type(event) is not dict:
        raise Unreadable("not an object")
    read = _READERS.get(_text(event, "type"))
    if read is None:
        return []
    data = event.get("data")
    if type(data) is not dict:
        raise Unreadable("data is not an object")
    thing = read(data, event)
    if ours and data.get("why") in ("mention", "reply") and type(thing) is Message:
        thing = replace(thing, names=(ours,))
    return [thing]


def _message(data: dict[str, Any], event: dict[str, Any]) -> Message:
    edited = data.get("edited_at")
    private = "conversation" in data
    media = data.get("media")
    return Message(
        key=_key(data, "id"),
        author=author(data.get("author")),
        text=_text(data, "text"),
        at=_time(data, "at"),
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
        reply_to=_key(data, "reply_to", ""),
        root=_key(data, "root", ""),
        to=(author(data.get("to")),) if private else (),
        thread=_key(data, "conversation") if private else "",
        url=_text(data, "url", ""),
        lang=_text(data, "lang", ""),
        media=_media(media) if media else (),
        edited_at=_time(data, "edited_at") if edited is not None else None,
    )


def _deletion(data: dict[str, Any], event: dict[str, Any]) -> Deletion:
    return Deletion(_key(data, "id"), _time(data, "at"))


def _like(data: dict[str, Any], event: dict[str, Any]) -> Reaction:
    return Reaction(_key(data, "id"), author(data.get("by")), "like", _time(event, "at"))


def _unlike(data: dict[str, Any], event: dict[str, Any]) -> Reaction:
    return Reaction(_key(data, "id"), author(data.get("by")), "like", _time(event, "at"), removed=True)


def _revoked(data: dict[str, Any], event: dict[str, Any]) -> Revoked:
    return Revoked(_time(data, "at"), "The permission was taken back on the practice network.")


_READERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Incoming]] = {
    "post.created": _message,
    "post.found": _message,
    "post.edited": _message,
    "post.deleted": _deletion,
    "message.created": _message,
    "message.edited": _message,
    "message.deleted": _deletion,
    "post.liked": _like,
    "post.unliked": _unlike,
    "permit.revoked": _revoked,
}


def author(data: object) -> Author:
    """An account as the API shows it. Raises Unreadable."""
    if type(data) is not dict:
        raise Unreadable("an account is not an object")
    followers = data.get("followers")
    if followers is not None and (type(followers) is not int or not 0 <= followers < 2**63):
        raise Unreadable("followers is not a count")
    return Author(
        _key(data, "id"),
        _text(data, "handle"),
        _text(data, "name", ""),
        _text(data, "avatar", ""),
        _text(data, "url", ""),
        followers,
        data.get("automated") is True,
    )


def _media(items: object) -> tuple[Media, ...]:
    if type(items) is not list:
        raise Unreadable("media is not a list")
    return tuple(_medium(item) for item in items)


def _medium(data: object) -> Media:
    if type(data) is not dict:
        raise Unreadable("a medium is not an object")
    mime = _text(data, "mime", "")
    kind = mime.partition("/")[0]
    return Media(
        kind if kind in ("image", "video", "audio") else "file",
        _text(data, "url"),
        _text(data, "alt", ""),
        mime,
        _length(data, "width"),
        _length(data, "height"),
    )


def _length(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None or (type(value) is int and 0 <= value < 2**31):
        return value
    raise Unreadable(f"{name} is not a length in pixels")


def _text(data: dict[str, Any], name: str, default: str | None = None) -> str:
    value = data.get(name)
    if type(value) is str:
        return value
    if value is None and default is not None:
        return default
    raise Unreadable(f"{name} is not a text")


def _key(data: dict[str, Any], name: str, default: str | None = None) -> str:
    value = data.get(name)
    if type(value) is str and 0 < len(value) <= KEY_LENGTH:
        return value
    if value is None and default is not None:
        return default
    raise Unreadable(f"{name} is not an id")


def _time(data: dict[str, Any], name: str) -> datetime:
    value = data.get(name)
    if type(value) is not str:
        raise Unreadable(f"{name} is not a time")
    try:
        at = _fromisoformat(value)
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} is not a time") from None
    return at
