"""LINE's events into neutral messages. Raises `Unreadable`, and nothing else, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from kikite.networks import raw
from kikite.networks.contract import Account, Author, Deletion, Incoming, Media, Message, Unreadable, Visibility
from kikite.networks.raw import Json

from . import places
from .opening import EVENT

# Letters of a user's id that stand in for the handle that LINE does not tell.
_SHORT = 9
_KEYWORDS = 5
_GROUPS = {"group": "groupId", "room": "roomId"}


def translate(account: Account, kind: str, body: bytes) -> list[Incoming]:
    if kind != EVENT:
        raise Unreadable(f"{kind[:40]!r} is no kind of delivery of LINE")
    event = raw.parse(body)
    match raw.text(event, "type"):
        case "message":
            return _message(account, event)
        case "unsend":
            unsent = raw.identifier(raw.an_object(event, "unsend").get("messageId"), "messageId")
            return [Deletion(unsent, _at(event))]
        case "":
            raise Unreadable("type is missing")
        case _:
            return []  # followed, joined, pressed a button…: nothing was said to us


def author(key: str) -> Author:
    """Whoever wrote; names and pictures are asked for apart."""
    return Author(key, key[:_SHORT])


def _message(account: Account, event: Json) -> list[Incoming]:
    source, said = raw.an_object(event, "source"), raw.an_object(event, "message")
    group = _group(source)
    if group and not _names_us(said):
        return []  # people among themselves
    writer = raw.identifier(source.get("userId") or group, "userId")
    key = raw.identifier(said.get("id"), "message.id")
    kind, text, media = _content(account, key, said)
    return [
        Message(
            key=key,
            author=author(writer),
            text=text,
            at=_at(event),
            visibility=Visibility.PRIVATE,
            reply_to=raw.maybe_id(said, "quotedMessageId"),
            to=(Author(account.key, account.handle),) if account.key else (),
            thread=group or writer,
            media=media,
            kind="group chat" if group else kind,
            names=(account.key,) if account.key else (),
        )
    ]


def _group(source: Json) -> str:
    """The id of the group that it was said in; "" between one person and us."""
    name = _GROUPS.get(raw.text(source, "type"))
    return raw.identifier(source.get(name), name) if name else ""


def _names_us(said: Json) -> bool:
    mentioned = raw.maybe_objects(raw.maybe_object(said, "mention"), "mentionees")
    return any(one.get("isSelf") is True for one in mentioned)


def _content(account: Account, key: str, said: Json) -> tuple[str, str, tuple[Media, ...]]:
    """(kind, text, media). What LINE may invent is a message without words: somebody waits for an answer to it."""
    match kind := raw.text(said, "type"):
        case "text":
            return "", raw.text(said, "text"), tuple(_emoji(said))
        case "sticker":
            return "sticker", "", _sticker(said)
        case "location":
            return "location", _location(said), ()
        case "image" | "video" | "audio":
            return "", "", (Media(kind, _file(account, key, said)),)
        case "file":
            return "", "", (Media("file", _file(account, key, said), alt=raw.maybe_text(said, "fileName")[:500]),)
        case _:
            return kind[:40] or "message", "", ()


def _emoji(said: Json) -> Iterable[Media]:
    """LINE's own emoji, which stand in the text by a name in brackets."""
    written = raw.text(said, "text").encode("utf-16-le")
    for one in raw.maybe_objects(said, "emojis"):
        start, length = raw.count(one, "index"), raw.count(one, "length")
        product, id_ = raw.maybe_id(one, "productId"), raw.maybe_id(one, "emojiId")
        if start is not None and length and product and id_:
            name = written[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
            yield Media("emoji", places.EMOJI.format(product=product, id=id_), alt=name, mime="image/png")


def _sticker(said: Json) -> tuple[Media, ...]:
    words = said.get("keywords")
    listed = ", ".join(word for word in words[:_KEYWORDS] if isinstance(word, str)) if isinstance(words, list) else ""
    alt = raw.maybe_text(said, "text") or raw.clean(listed)[:200]
    sticker = raw.maybe_id(said, "stickerId")
    return (Media("sticker", places.STICKER.format(id=sticker), alt=alt, mime="image/png"),) if sticker else ()


def _location(said: Json) -> str:
    """Title, address, and a link to a map."""
    lines = [raw.maybe_text(said, "title"), raw.maybe_text(said, "address")]
    latitude, longitude = _degrees(said, "latitude", 90), _degrees(said, "longitude", 180)
    if latitude and longitude:
        point = quote(f"{latitude}/{longitude}")
        lines.append(f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{point}")
    return "\n".join(filter(None, lines))


def _degrees(said: Json, name: str, most: int) -> str:
    value = said.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        return ""
    return f"{value:.6f}"


def _file(account: Account, key: str, said: Json) -> str:
    """Where the file lies: on LINE, or where the app that sent it for the person put it."""
    provider = raw.maybe_object(said, "contentProvider")
    elsewhere = raw.web_address(provider, "originalContentUrl") if provider.get("type") == "external" else ""
    return elsewhere or places.content(account, key)


def _at(event: Json) -> datetime:
    return raw.epoch(event, "timestamp", 1000)
