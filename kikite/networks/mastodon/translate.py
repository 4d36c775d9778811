"""Mastodon's JSON into neutral messages. Raises `Unreadable`, and nothing else, whatever the bytes are."""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from kikite.networks import raw
from kikite.networks.contract import Author, Deletion, Incoming, Media, Message, Reaction, Unreadable, Visibility
from kikite.networks.raw import Json

from .plaintext import plain

# Shapes of a delivery's body.
NOTIFICATION = "notification"
STATUS = "status"
DELETE = "delete"  # the id alone, bare or as a JSON text, as the stream sends it

# Notifications that carry a message to us. The others with a status ("poll", "update"…) speak of posts we know.
SPOKEN = frozenset({"mention", "quote"})
REACTIONS = frozenset({"favourite", "reblog"})

# What we do not know is not shown to all: Mastodon's circles, and the "local" or "mutuals" of its relatives.
_VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.PRIVATE,
}
_MEDIA_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_LONGEST_THREAD = 120
_LONGEST_NAME = 200
_MOST_EMOJI = 100


@dataclass(frozen=True, slots=True)
class Place:
    """From where we look: our own account's id, and the domain of names that come without one."""

    me: str
    domain: str


def translate(kind: str, body: bytes, place: Place) -> list[Incoming]:
    match kind:
        case "notification":
            return _notification(raw.parse(body), place)
        case "status":
            return _status(raw.parse(body), place)
        case "delete":
            return [Deletion(_deleted_id(body))]
        case _:
            raise Unreadable(f"{kind[:40]!r} is no kind of delivery of Mastodon")


def author(data: Json, place: Place) -> Author:
    """An account, or the short form of one that stands among a status' mentions."""
    handle = full_handle(raw.text(data, "acct"), place.domain)
    return Author(
        key=raw.identifier(data.get("id")),
        handle=handle,
        name=raw.text(data, "display_name")[:_LONGEST_NAME],
        avatar=raw.web_address(data, "avatar"),
        url=raw.web_address(data, "url"),
        followers=raw.count(data, "followers_count"),
        automated=data.get("bot") is True,
    )


def full_handle(acct: str, domain: str) -> str:
    if not acct:
        raise Unreadable("acct is missing")
    return acct if "@" in acct else f"{acct}@{domain}"


def version(status: Json) -> str:
    """What tells two versions of a status apart; "" for the first."""
    return raw.text(status, "edited_at")[:40]


def concerns(status: Json, me: str) -> bool:
    """Whether a post of the home timeline is ours to care for: by us, naming us, or answering us."""
    if status.get("reblog") is not None:
        return False
    people = [raw.an_object(status, "account").get("id"), *(one.get("id") for one in raw.objects(status, "mentions"))]
    return me in map(str, people) or raw.optional_id(status, "in_reply_to_account_id") == me


def _notification(data: Json, place: Place) -> list[Incoming]:
    kind = raw.text(data, "type")
    if data.get("status") is None or kind not in SPOKEN | REACTIONS:
        return []
    if kind in SPOKEN:
        return _status(raw.an_object(data, "status"), place)
    return [
        Reaction(
            message=raw.identifier(raw.an_object(data, "status").get("id")),
            author=author(raw.an_object(data, "account"), place),
            kind=kind,
            at=raw.time(data, "created_at"),
        )
    ]


def _status(data: Json, place: Place) -> list[Incoming]:
    if data.get("reblog") is not None:
        return []  # a repost says nothing itself
    writer = author(raw.an_object(data, "account"), place)
    named = [author(mention, place) for mention in raw.objects(data, "mentions")]
    visibility = _VISIBILITIES.get(raw.text(data, "visibility"), Visibility.FOLLOWERS)
    private = visibility is Visibility.PRIVATE
    said, warning = _words(data, named), raw.text(data, "spoiler_text").strip()
    message = Message(
        key=raw.identifier(data.get("id")),
        author=writer,
        text=said,
        at=raw.time(data, "created_at"),
        visibility=visibility,
        reply_to=raw.optional_id(data, "in_reply_to_id"),
        quotes=_quoted(data),
        to=_unique(one for one in named if one.key != writer.key) if private else (),
        thread=_thread([writer, *named], place.me) if private else "",
        url=raw.web_address(data, "url") or raw.web_address(data, "uri"),
        lang=raw.text(data, "language")[:35],
        media=(*_media(raw.objects(data, "media_attachments")), *_emoji(data, said, warning)),
        edited_at=raw.optional_time(data, "edited_at"),
        names=tuple(dict.fromkeys(_summoned(data, named))),
        warning=warning,
    )
    return [message]


def _words(data: Json, named: Iterable[Author]) -> str:
    mentions = {one.url: one.handle for one in named if one.url}
    return plain(raw.text(data, "content"), mentions=mentions, without_quote=data.get("quote") is not None)


def _summoned(data: Json, named: Iterable[Author]) -> Iterable[str]:
    """Whom the author named, answered or quoted."""
    yield from (one.key for one in named)
    if answered := raw.maybe_id(data, "in_reply_to_account_id"):
        yield answered
    if quoted := raw.maybe_id(raw.maybe_object(data, "quote", "quoted_status", "account"), "id"):
        yield quoted


def _emoji(data: Json, *texts: str) -> Iterable[Media]:
    """The server's own emoji that stand in the text or the warning, each once."""
    for one in raw.maybe_objects(data, "emojis")[:_MOST_EMOJI]:
        code, url = f":{raw.maybe_text(one, 'shortcode')}:", raw.web_address(one, "static_url")
        url = url or raw.web_address(one, "url")
        if url and any(code in text for text in texts):
            yield Media("emoji", url, code)


def _quoted(data: Json) -> str:
    """The key of a quoted post, which stands whole or as its id alone, or not at all when the quote is not allowed."""
    quote = data.get("quote")
    if not isinstance(quote, dict):
        return ""
    quoted = quote.get("quoted_status")
    return raw.optional_id(quoted, "id") if isinstance(quoted, dict) else raw.optional_id(quote, "quoted_status_id")


def _thread(people: Iterable[Author], me: str) -> str:
    """The API does not name a direct message's conversation, so it is who takes part in it besides us."""
    others = ",".join(sorted({one.key for one in people} - {me}))
    return others if len(others) <= _LONGEST_THREAD else hashlib.sha256(others.encode()).hexdigest()


def _unique(people: Iterable[Author]) -> tuple[Author, ...]:
    return tuple({one.key: one for one in people}.values())


def _media(attachments: Iterable[Json]) -> Iterable[Media]:
    for data in attachments:
        # Without an address it is still being processed; the edit that follows brings it.
        url = (
            raw.web_address(data, "url") or raw.web_address(data, "remote_url") or raw.web_address(data, "preview_url")
        )
        if url:
            width, height = _size(data)
            yield Media(
                kind=_MEDIA_KINDS.get(raw.text(data, "type"), "file"),
                url=url,
                alt=raw.text(data, "description"),
                mime=mimetypes.types_map.get(posixpath.splitext(url.partition("?")[0])[1].lower(), ""),
                width=width,
                height=height,
            )


def _size(data: Json) -> tuple[int | None, int | None]:
    meta = data.get("meta")
    original = meta.get("original") if isinstance(meta, dict) else None
    if not isinstance(original, dict):
        return None, None
    return raw.count(original, "width"), raw.count(original, "height")


def _deleted_id(body: bytes) -> str:
    try:
        return raw.identifier(body[:300].decode("ascii").strip().strip('"'))
    except UnicodeDecodeError as error:
        raise Unreadable("id is no id") from error
