"""The AT Protocol's names of things: DIDs, at-uris and record keys made of time (TIDs)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"
LIKE = "app.bsky.feed.like"
REPOST = "app.bsky.feed.repost"
THREADGATE = "app.bsky.feed.threadgate"

CONVO = "chat.bsky.convo.defs#"  # before the names of what the chat service tells

_DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200}")
_COLLECTION = re.compile(r"[A-Za-z0-9.-]{3,120}")
_RECORD_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)  # of a conversation and of a message in it
_WHISPER = re.compile(rf"chat:({_ID.pattern})/({_ID.pattern})", re.ASCII)
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUBJECTS = 1_672_531_200_000_000  # 2023-01-01 in microseconds: before there was a Kikite, so no post has such a key


@dataclass(frozen=True, slots=True)
class Address:
    """`at://did/collection/rkey`: where one record stands."""

    did: str
    collection: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def is_post(self) -> bool:
        return self.collection == POST

    @property
    def query(self) -> dict[str, str]:
        """The parameters by which a server knows the record."""
        return {"repo": self.did, "collection": self.collection, "rkey": self.rkey}


def is_did(text: object) -> bool:
    return isinstance(text, str) and _DID.fullmatch(text) is not None


def parse(uri: object) -> Address | None:
    """The address that `uri` is, if it is one. Addresses by handle are none: a handle can change."""
    if not isinstance(uri, str) or not uri.startswith("at://"):
        return None
    parts = uri[5:].split("/")
    if len(parts) != 3 or not is_did(parts[0]):
        return None
    if not _COLLECTION.fullmatch(parts[1]) or not _RECORD_KEY.fullmatch(parts[2]):
        return None
    return Address(*parts)


def is_id(text: str) -> bool:
    """Whether it can name a private conversation or a message in one."""
    return _ID.fullmatch(text) is not None


def whisper_key(convo: str, message: str) -> str:
    """The key of a private message."""
    return f"chat:{convo}/{message}"


def parse_whisper(key: str) -> tuple[str, str] | None:
    """(conversation, message) of a private message's key; None for any other key."""
    found = _WHISPER.fullmatch(key)
    return (found[1], found[2]) if found else None


def record_key(key: str, written_at: datetime) -> str:
    """The record key of a part of ours: the same part has the same one for ever.

    Posts must have a TID (https://atproto.com/specs/tid): 53 bits of microseconds and 10 bits of a clock's number.
    The milliseconds are those of writing, so that our posts sort among those of other programs; the other twenty
    bits come from the part's own key, so that two parts of one millisecond differ.
    """
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return _tid(_milliseconds(written_at) * 1000 + digest % 1000, digest // 1000 % 1024)


def subject_key(subject: str) -> str:
    """The record key of a record of ours that there is once for each subject, such as a like: made of it alone."""
    digest = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], "big")
    return _tid(_SUBJECTS + digest % 2**43, digest >> 43 & 1023)


def time_key(moment: datetime) -> str:
    """The lowest record key that a post of this moment can have."""
    return _tid(_milliseconds(moment) * 1000, 0)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _tid(microseconds: int, clock: int) -> str:
    number = microseconds << 10 | clock
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))
