"""Raw to neutral. The kinds of deliveries, each a JSON object that needs nothing else to be understood:

- `notification`: one of `listNotifications`, with the app view's `post` and the author's `profile` beside it.
- `post`: a post as the app view shows it, found in a thread of ours.
- `record`: a post of our own repository, as `listRecords` tells it, with our `author` and the `time` of reading.
- `commit`: one operation of a commit on the firehose, its record as JSON, with the `author` that we looked up.
- `gone`: the `uri` of a post that stands no longer, and `time`, when we saw that.
- `chat`: an entry of the chat service's log (or a message as the log would have told it), with the `members`.
- `frame`: bytes of the firehose that we could not decode; never readable, kept to be looked at.
"""

from __future__ import annotations

from datetime import datetime

from ..contract import Account, Author, Deletion, Incoming, Message, Reaction, Unreadable
from . import private, raw
from .addresses import LIKE, REPOST, Address, parse
from .media import Place, cards, media
from .profiles import author
from .raw import Json
from .records import named, quoted

TALK = frozenset({"mention", "reply", "quote"})
REACTIONS = frozenset({"like", "repost"})
EARLIEST_YEAR = 2000


def translate(account: Account, kind: str, body: bytes) -> list[Incoming]:
    """See `contract.Network.translate`."""
    if kind == "chat":
        return private.translate(account, raw.parse(body), Place.of(account))
    reader = _READERS.get(kind)
    if reader is None:
        raise Unreadable(f"{kind[:40]!r} is no kind of delivery of Bluesky")
    return reader(raw.parse(body), Place.of(account))


def _notification(data: Json, place: Place) -> list[Incoming]:
    told = raw.an_object(data, "notification")
    reason = raw.text(told, "reason")
    by = author(raw.an_object(told, "author"), place, raw.count(raw.maybe_object(data, "profile"), "followersCount"))
    record, seen = raw.an_object(told, "record"), raw.maybe_time(told, "indexedAt")
    if reason in TALK:
        post = raw.maybe_object(data, "post")
        seen = raw.maybe_time(post, "indexedAt") or seen
        return [_message(raw.address(told, "uri"), by, record, seen, place, raw.maybe_object(post, "embed"))]
    subject = parse(told.get("reasonSubject"))
    if reason in REACTIONS and subject is not None and subject.is_post:
        return [Reaction(str(subject), by, reason, _at(record, seen))]
    return []


def _post(data: Json, place: Place) -> list[Incoming]:
    address, by = raw.address(data, "uri"), author(raw.an_object(data, "author"), place)
    record, seen = raw.an_object(data, "record"), raw.maybe_time(data, "indexedAt")
    return [_message(address, by, record, seen, place, raw.maybe_object(data, "embed"))] if address.is_post else []


def _record(data: Json, place: Place) -> list[Incoming]:
    by = author(raw.an_object(data, "author"), place)
    address = raw.address(data, "uri")
    if not address.is_post:
        return []
    return [_message(address, by, raw.an_object(data, "value"), raw.maybe_time(data, "time"), place, {})]


def _commit(data: Json, place: Place) -> list[Incoming]:
    address = parse(f"at://{raw.did(data, 'repo')}/{raw.text(data, 'path')}")
    if address is None:
        raise Unreadable("path is no record's")
    seen, action = raw.maybe_time(data, "time"), raw.text(data, "action")
    if action == "delete":
        return [Deletion(str(address), seen)] if address.is_post else []
    if action not in ("create", "update"):
        raise Unreadable(f"{action[:40]!r} is no operation on a record")
    return _written(data, address, action == "update", seen, place)


def _written(data: Json, address: Address, again: bool, seen: datetime | None, place: Place) -> list[Incoming]:
    """A record that now stands at `address`; `again`: in the place of an earlier one."""
    record = raw.an_object(data, "record")
    by = author({**raw.maybe_object(data, "author"), "did": address.did}, place)
    if address.is_post:
        return [_message(address, by, record, seen, place, {}, edited_at=seen if again else None)]
    subject = parse(raw.maybe_object(record, "subject").get("uri"))
    kind = {LIKE: "like", REPOST: "repost"}.get(address.collection)
    if kind is None or subject is None or not subject.is_post:
        return []
    return [Reaction(str(subject), by, kind, _at(record, seen))]


def _gone(data: Json, place: Place) -> list[Incoming]:
    return [Deletion(str(raw.address(data, "uri")), raw.maybe_time(data, "time"))]


def _frame(data: Json, place: Place) -> list[Incoming]:
    raise Unreadable(f"a frame of the firehose that could not be decoded: {raw.text(data, 'error')[:200]}")


_READERS = {
    "notification": _notification,
    "post": _post,
    "record": _record,
    "commit": _commit,
    "gone": _gone,
    "frame": _frame,
}


def _message(
    address: Address,
    by: Author,
    record: Json,
    seen: datetime | None,
    place: Place,
    view: Json,
    edited_at: datetime | None = None,
) -> Message:
    """`view` is the app view's rendering of the record's embed, where it gave one."""
    if not isinstance(record.get("text"), str):
        raise Unreadable("the post's text is no text")
    embed = raw.maybe_object(record, "embed")
    return Message(
        key=str(address),
        author=by,
        text=raw.text(record, "text"),
        at=_at(record, seen),
        reply_to=raw.maybe_key(raw.maybe_object(record, "reply", "parent"), "uri"),
        root=raw.maybe_key(raw.maybe_object(record, "reply", "root"), "uri"),
        quotes=quoted(embed),
        url=place.page(address),
        lang=_lang(record),
        media=(*media(address.did, embed, view, place), *cards(record, view)),
        edited_at=edited_at,
        names=named(address.did, record),
    )


def _at(record: Json, seen: datetime | None) -> datetime:
    """When it was written: what the author's program claims, but never after the network saw it.

    The app view sorts by the same rule (`sortAt`). What claims to be older than any network is taken as seen.
    """
    claimed = raw.maybe_time(record, "createdAt")
    moments = [moment for moment in (claimed, seen) if moment and moment.year >= EARLIEST_YEAR]
    if not moments:
        raise Unreadable("createdAt is no time")
    return min(moments)


def _lang(record: Json) -> str:
    langs = record.get("langs")
    first = langs[0] if isinstance(langs, list) and langs else ""
    return raw.clean(first) if isinstance(first, str) and len(first) <= 20 else ""
