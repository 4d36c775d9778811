"""X's JSON into neutral messages. Raises `Unreadable`, and nothing else, whatever the bytes are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from kikite.networks import raw
from kikite.networks.contract import Deletion, Incoming, Revoked, Unreadable
from kikite.networks.raw import Json

from . import dms, posts
from .raw import Includes, maybe_number, number

# Shapes of a delivery's body: what asking brought, one thing a delivery, with what came along ({"data", "includes"}).
POST = "post"
DM = "dm"
GONE = "gone"  # the post's id alone
# Everything else is an event of the X Activity API, by its own name.
POSTED = frozenset({"post.create", "post.mention.create", "post.reply.create", "post.quote.create"})
_NAMING = frozenset({"post.mention.create", "post.quote.create"})
WHISPERED = frozenset({"dm.received", "dm.sent"})
SEALED = frozenset({"chat.received", "chat.sent"})
REVOKED = "oauth.revoke"
_FAMILIES = ("post.", "dm.", "chat.", "like.", "oauth.", "profile.", "follow.", "mute.", "block.")


@dataclass(frozen=True, slots=True)
class Place:
    """From where we look: our own account's id, and the API's address, by which private pictures are had."""

    me: str
    api: str


def translate(kind: str, body: bytes, place: Place) -> list[Incoming]:
    if kind == GONE:
        return [Deletion(number(body[:100].decode("ascii", "replace").strip()))]
    document = raw.parse(body)
    if kind == POST:
        return _of(posts.message(raw.an_object(document, "data"), Includes(raw.maybe_object(document, "includes"))))
    if kind == DM:
        return _of(_polled(document, place))
    if kind.startswith(_FAMILIES):
        return _event(kind, raw.an_object(document, "data"), place)
    raise Unreadable(f"{kind[:40]!r} is no kind of delivery of X")


def _polled(document: Json, place: Place) -> Incoming | None:
    return dms.polled(raw.an_object(document, "data"), Includes(raw.maybe_object(document, "includes")), place.api)


def _of(thing: Incoming | None) -> list[Incoming]:
    return [] if thing is None else [thing]


def _event(kind: str, data: Json, place: Place) -> list[Incoming]:
    if kind in POSTED:
        return _posted(kind, data)
    if kind == "post.delete":
        return [Deletion(number(raw.an_object(data, "payload").get("id")))]
    if kind in WHISPERED:
        return _whispered(raw.an_object(data, "payload"), place)
    if kind == "dm.read":
        payload = raw.an_object(data, "payload")
        return [dms.read_up_to(one) for one in raw.objects(payload, "direct_message_mark_read_events")]
    if kind in SEALED:
        return [dms.sealed(raw.an_object(data, "payload"), place.me)]
    if kind == REVOKED:
        return [_revoked(raw.an_object(data, "payload"))]
    return []


def _posted(kind: str, data: Json) -> list[Incoming]:
    """Whoever an event of a mention or quote is told to is named by it, even where the post's entities leave it out."""
    us = maybe_number(raw.maybe_object(data, "filter").get("user_id")) if kind in _NAMING else ""
    includes = Includes(raw.maybe_object(data, "includes"))
    return _of(posts.message(raw.an_object(data, "payload"), includes, [us] if us else []))


def _whispered(payload: Json, place: Place) -> list[Incoming]:
    people = dms.people_of(payload)
    found = [dms.told(event, people, place.api) for event in raw.objects(payload, "direct_message_events")]
    return [message for message in found if message]


def _revoked(payload: Json) -> Revoked:
    return Revoked(raw.maybe_time(payload, "date_time") or datetime.now(UTC), "Access was taken back on X.")
