"""What every neutral value must be before it goes near the database, whichever connector made it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from kikite.networks.contract import Author, Deletion, Incoming, Media, Message, Named, Reaction, Seen, Unreadable

KEY = 400
HANDLE = 300
# Before any network was there; PostgreSQL and Python agree on everything after it.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def check(thing: Incoming) -> Incoming:
    """The value itself, made safe to keep. Raises Unreadable for what cannot be: no key, an id that is no id."""
    if isinstance(thing, Message):
        return _message(thing)
    if isinstance(thing, Reaction):
        return _reaction(thing)
    if isinstance(thing, Deletion):
        _key(thing.key, "the deleted message")
        return thing
    if isinstance(thing, Named):
        _key(thing.key, "what was named")
        return thing
    if isinstance(thing, Seen):
        _key(thing.by, "the reader")
    _time(thing.at)
    return thing


def _message(message: Message) -> Message:
    _key(message.key, "the message")
    for what, key in (("reply_to", message.reply_to), ("root", message.root), ("thread", message.thread)):
        if key:
            _key(key, what)
    _time(message.at)
    if message.edited_at:
        _time(message.edited_at)
    return replace(
        message,
        author=check_author(message.author),
        to=tuple(map(check_author, message.to)),
        text=_text(message.text),
        url=_text(message.url),
        lang=message.lang if len(message.lang) <= 20 and message.lang.isprintable() else "",
        media=tuple(map(_media, message.media)),
        kind=_text(message.kind)[:40],
        names=tuple(key for key in message.names if 0 < len(key) <= KEY and key.isprintable()),
        warning=_text(message.warning),
    )


def _reaction(reaction: Reaction) -> Reaction:
    _key(reaction.message, "the message of the reaction")
    _time(reaction.at)
    if len(reaction.kind) > 40 or not reaction.kind.isprintable():
        raise Unreadable(f"{reaction.kind[:60]!r} is no kind of reaction")
    return replace(reaction, author=check_author(reaction.author))


def check_author(author: Author) -> Author:
    """Names are cut and cleaned rather than refused: no message is lost because of how somebody is called."""
    _key(author.key, "the author")
    followers = author.followers
    if followers is not None and not 0 <= followers < 2**62:
        followers = None
    return replace(
        author,
        handle=_text(author.handle)[:HANDLE],
        name=_text(author.name)[:HANDLE],
        avatar=_text(author.avatar),
        url=_text(author.url),
        followers=followers,
    )


def _media(media: Media) -> Media:
    return replace(media, url=_text(media.url), alt=_text(media.alt), mime=_text(media.mime))


def _text(text: str) -> str:
    """Without null characters and lone surrogates, which no database keeps."""
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def _key(key: str, of: str) -> None:
    if not 0 < len(key) <= KEY or not key.isprintable():
        raise Unreadable(f"the key of {of} is not an id: {key[:60]!r}")


def _time(at: datetime) -> None:
    if at.tzinfo is None or at < EARLIEST:
        raise Unreadable(f"{at} is no time at which it can have been written")
