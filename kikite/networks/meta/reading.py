"""What Meta's JSON has besides what all networks share: longer ids, times in two writings, people, attachments."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

from kikite.networks.contract import Author, Media, Unreadable
from kikite.networks.raw import (
    Json,
    count,
    epoch,
    maybe_object,
    maybe_objects,
    maybe_text,
    time,
    web_address,
)

# Ids of messages are long and may end with equals signs; the older ones hold a dollar or a colon.
_KEY = re.compile(r"[A-Za-z0-9._~:$=+/-]{1,380}", re.ASCII)
_MILLISECONDS = 10_000_000_000  # as seconds, this is the year 2286
_KINDS = {
    "image": "image", "photo": "image", "sticker": "sticker", "video": "video", "video_inline": "video",
    "video_autoplay": "video", "animated_image_video": "video", "animated_image_share": "image", "audio": "audio",
    "reel": "video", "ig_reel": "video",
}  # fmt: skip


def key(value: object, what: str = "id") -> str:
    """The id of a message, post or comment."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 <= value < 10**30 else ""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise Unreadable(f"{what} is no id")
    return value


def maybe_key(data: Json, name: str) -> str:
    try:
        return key(data.get(name))
    except Unreadable:
        return ""


def segment(name: str) -> str:
    """An id as it may stand in a path."""
    return quote(name, safe="")


def when(data: Json, name: str) -> datetime:
    """A time in ISO 8601, or in seconds or milliseconds since 1970."""
    value = data.get(name)
    if isinstance(value, str) and not value.isdecimal():
        return time(data, name)
    number = int(value[:18]) if isinstance(value, str) and value.isascii() else value
    milliseconds = isinstance(number, int | float) and number >= _MILLISECONDS
    return epoch(data, name, 1000 if milliseconds else 1)


def maybe_when(data: Json, name: str) -> datetime | None:
    try:
        return when(data, name)
    except Unreadable:
        return None


def person(data: Json, name: str = "from") -> Author:
    """Somebody: on Facebook with a name, on Instagram with a username. Raises Unreadable without an id."""
    told = maybe_object(data, name)
    return author(told)


def author(told: Json) -> Author:
    handle = maybe_text(told, "username") or maybe_text(told, "name")
    return Author(
        key(told.get("id"), "the author's id"),
        handle[:300],
        (maybe_text(told, "name") or handle)[:300],
        avatar=web_address(maybe_object(told, "picture", "data"), "url") or web_address(told, "profile_pic"),
    )


def attached(attachments: list[Json]) -> tuple[Media, ...]:
    """Attachments of posts, comments and messages, as webhooks and as lists tell them. What says nothing is left
    out."""
    return tuple(medium for one in attachments if (medium := _medium(one)) is not None)


def _medium(one: Json) -> Media | None:
    payload, media = maybe_object(one, "payload"), maybe_object(one, "media")
    image = maybe_object(one, "image_data") or maybe_object(media, "image")
    video = maybe_object(one, "video_data")
    address = (
        web_address(payload, "url") or web_address(video, "url") or web_address(image, "url")
        or web_address(media, "source") or web_address(image, "src") or web_address(one, "file_url")
    )  # fmt: skip
    word = maybe_text(one, "type")
    mime = maybe_text(one, "mime_type")[:100]
    if payload.get("sticker_id") is not None:
        word = "sticker"
    kind = _KINDS.get(word) or _by_mime(mime, image, video)
    if kind == "file" and word in ("share", "fallback", "template", "story", "ig_post", "post"):
        return _card(one, payload, address)
    if not address:
        return None
    size = image or video
    title = maybe_text(one, "name") or maybe_text(payload, "title") or maybe_text(one, "description")
    return Media(kind, address, title[:500], mime, count(size, "width"), count(size, "height"))


def _card(one: Json, payload: Json, address: str) -> Media | None:
    link = web_address(one, "url") or web_address(payload, "url") or address
    title = maybe_text(one, "title") or maybe_text(payload, "title")
    return Media("card", link, title[:500]) if link else None


def _by_mime(mime: str, image: Json, video: Json) -> str:
    for kind in ("image", "video", "audio"):
        if mime.startswith(f"{kind}/"):
            return kind
    return "image" if image else "video" if video else "file"


def flattened(attachments: list[Json]) -> list[Json]:
    """Albums hold their pictures one floor below."""
    found: list[Json] = []
    for one in attachments:
        below = maybe_objects(maybe_object(one, "subattachments"), "data")
        found += below or [one]
    return found


def likeness(data: Json) -> str:
    """Which version of a post this is: its words. Addresses of pictures change with every answer and say nothing."""
    words = maybe_text(data, "message") or maybe_text(data, "text") or maybe_text(data, "caption")
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def dumped(value: object) -> bytes:
    """A part of an answer as a body of its own."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
