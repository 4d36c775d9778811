"""Instagram's JSON as neutral messages: what webhooks tell of an account, and what its lists hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from kikite.networks.contract import Author, Deletion, Incoming, Media, Message, Named
from kikite.networks.meta import polling, talk
from kikite.networks.meta.hooks import CHANGE, EVENT, sole_change, sole_event
from kikite.networks.meta.reading import author, key, likeness, maybe_key, maybe_when, when
from kikite.networks.raw import Json, an_object, maybe_object, maybe_text, parse, web_address

_COMMENTS = frozenset({"comments", "live_comments"})


@dataclass(frozen=True, slots=True)
class Us:
    """Our account: lists know it by another id than webhooks, but by the same username."""

    key: str
    handle: str


def translate(kind: str, body: bytes, us: Us) -> list[Incoming]:
    """Raises Unreadable."""
    if kind == EVENT:
        account, event = sole_event(body)
        return talk.event(event, us.key or account)
    if kind == CHANGE:
        return _change(body, us)
    if kind == polling.MESSAGE:
        return [talk.polled(parse(body), us.key, us.handle)]
    if kind in (polling.POST, polling.COMMENT):
        return [_listed(kind, parse(body), us)]
    if kind == polling.GONE:
        return [Deletion(key(parse(body).get("id")))]
    return []


def change_key(entry: Json, change: Json) -> str:
    """The name of a change, the same that polling gives a comment; "" for none."""
    value, field = maybe_object(change, "value"), maybe_text(change, "field")
    if field in _COMMENTS and (name := maybe_key(value, "id")):
        return f"{polling.COMMENT}:{name}:{likeness(value)}"
    if field == "mentions" and (name := maybe_key(value, "comment_id") or maybe_key(value, "media_id")):
        return f"mention:{name}"
    return ""


def _change(body: bytes, us: Us) -> list[Incoming]:
    entry, value = sole_change(body)
    if maybe_text(value, "field") == "mentions":
        name = maybe_key(value, "comment_id") or maybe_key(value, "media_id")
        return [Named(name)] if name else []
    if maybe_text(value, "field") not in _COMMENTS:
        return []
    return [_comment(value, when(entry, "time"), maybe_key(maybe_object(value, "media"), "id"), us)]


def _comment(told: Json, at: datetime, post: str, us: Us) -> Message:
    parent = maybe_key(told, "parent_id")
    return Message(
        key(told.get("id")),
        _author(told, us),
        maybe_text(told, "text"),
        at,
        reply_to=parent or post,
        root=post or parent,
        kind="comment",
    )


def _author(told: Json, us: Us) -> Author:
    """Comments of our own may come with a username alone."""
    by = maybe_object(told, "from")
    username = maybe_text(by, "username") or maybe_text(told, "username")
    if us.handle and username == us.handle:
        return Author(us.key, us.handle, url=_profile(us.handle))
    found = author({**by, "username": username})
    return replace(found, url=_profile(username))


def _profile(username: str) -> str:
    return f"https://www.instagram.com/{username}/" if username else ""


def _listed(kind: str, data: Json, us: Us) -> Message:
    noticed = maybe_when(data, "noticed") if data.get("noticed") else None
    told = an_object(data, kind)
    if kind == polling.POST:
        return replace(_post(told, us), edited_at=noticed)
    made = _comment(told, when(told, "timestamp"), maybe_key(data, "post"), us)
    if data.get("mention") is True:
        made = replace(made, kind="mention", names=(us.key,))
    return replace(made, edited_at=noticed)


def _post(told: Json, us: Us) -> Message:
    """A picture or film with its caption: ours, or one whose caption names us."""
    username = maybe_text(told, "username")
    ours = not username or username == us.handle
    by = Author(us.key, us.handle) if ours else Author(_stranger(told, username), username, username)
    return Message(
        key(told.get("id")),
        replace(by, url=_profile(by.handle)),
        maybe_text(told, "caption"),
        when(told, "timestamp"),
        url=web_address(told, "permalink"),
        media=_media(told),
        kind="post" if ours else "mention",
        names=() if ours else (us.key,),
    )


def _stranger(told: Json, username: str) -> str:
    """Of somebody else's media Instagram tells the owner's username, and the id only to some."""
    return maybe_key(maybe_object(told, "owner"), "id") or f"@{username[:100]}"


def _media(told: Json) -> tuple[Media, ...]:
    address = web_address(told, "media_url")
    kind = "video" if maybe_text(told, "media_type") == "VIDEO" else "image"
    return (Media(kind, address),) if address else ()
