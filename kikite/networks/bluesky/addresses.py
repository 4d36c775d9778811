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

_DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200}")
_COLLECTION = re.compile(r"[A-Za-z0-9.-]{3,120}")
_RECORD_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,64}")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def record_key(key: str, written_at: datetime) -> str:
    """The record key of a part of ours: the same part has the same one for ever.

    Posts must have a TID (https://atproto.com/specs/tid): 53 bits of microseconds and 10 bits of a clock's number.
    The milliseconds are those of writing, so that our posts sort among those of other programs; the other twenty
    bits come from the part's own key, so that two parts of one millisecond differ.
    """
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return _tid(_milliseconds(written_at) * 1000 + digest % 1000, digest // 1000 % 1024)


def time_key(moment: datetime) -> str:
    """The lowest record key that a post of this moment can have."""
    return _tid(_milliseconds(moment) * 1000, 0)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _tid(microseconds: int, clock: int) -> str:
    number = microseconds << 10 | clock
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))
