"""What every neutral value must be before it goes near the database, whichever connector made it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from kikite.networks.contract import Author, Deletion, Incoming, Message, Reaction, Unreadable

KEY = 400
HANDLE = 300
# Before any network was there; PostgreSQL and Python agree on everything after it.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def check(thing: Incoming) -> Incoming:
    """The value itself, made safe to keep. Raises Unreadable for what cannot be: no key, an id that is no id."""
    if isinstance(thing, Message):
        return _message(thing)
    if isinstance(thing, Deletion):
        _key(thing.key, "the deleted message")
    else:
        _reaction(thing)
    return thing


def _message(message: Message) -> Message:
    _key(message.key, "the message")
    _author(message.author)
    for other in message.to:
        _author(other)
    for what, key in (("reply_to", message.reply_to), ("root", message.root), ("thread", message.thread)):
        if len(key) > KEY or "\x00" in key:
            raise Unreadable(f"{what} is not an id: {key[:60]!r}")
    _time(message.at)
    if message.edited_at:
        _time(message.edited_at)
    if len(message.lang) > 20:
        message = replace(message, lang="")
    if "\x00" in message.text or "\x00" in message.url:
        message = replace(message, text=message.text.replace("\x00", ""), url=message.url.replace("\x00", ""))
    return message


def _reaction(reaction: Reaction) -> None:
    _key(reaction.message, "the message of the reaction")
    _author(reaction.author)
    _time(reaction.at)
    if len(reaction.kind) > 40:
        raise Unreadable(f"{reaction.kind[:60]!r} is no kind of reaction")


def _author(author: Author) -> None:
    _key(author.key, "the author")
    if len(author.handle) > HANDLE or len(author.name) > HANDLE:
        raise Unreadable(f"the author's name is longer than {HANDLE} characters")
    if any("\x00" in text for text in (author.handle, author.name, author.avatar, author.url)):
        raise Unreadable("the author's name holds a null character")
    if author.followers is not None and not 0 <= author.followers < 2**62:
        raise Unreadable("the author's followers are no count")


def _key(key: str, of: str) -> None:
    if not key or len(key) > KEY or "\x00" in key:
        raise Unreadable(f"the key of {of} is not an id: {key[:60]!r}")


def _time(at: datetime) -> None:
    if at.tzinfo is None or at < EARLIEST:
        raise Unreadable(f"{at} is no time at which it can have been written")
