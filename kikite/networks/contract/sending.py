"""What goes out: a part of a reply exactly as it is to stand, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .arriving import Author, Media, Visibility


@dataclass(frozen=True, slots=True)
class Part:
    """One post of a reply, exactly as it is to stand on the network.

    `key` is ours, chosen when the agent pressed send: it is the idempotency key, the record key, or what a look-up
    recognises; 32 lower-case hex digits. `written_at` is fixed with it, so that a second attempt is the same to the
    byte. `to`/`thread` are set for private messages, `reply_to`/`root` where it answers a post.
    """

    key: str
    text: str
    written_at: datetime
    visibility: Visibility = Visibility.PUBLIC
    reply_to: str = ""
    root: str = ""
    to: Author | None = None
    thread: str = ""
    lang: str = ""
    media: tuple[Media, ...] = ()
    # The public message that a private word answers where no private conversation is there yet ("private reply").
    about: str = ""
    # Sent in the time that the network leaves to people alone (`Capabilities.human_window`).
    late: bool = False
    # A content warning that the text stands under, "" for none.
    warning: str = ""


class Reason(StrEnum):
    """Why the network did not take a part: what the agent is told, and what can be done about it."""

    TOO_LONG = "too_long"
    GONE = "gone"  # what we answer was deleted
    BLOCKED = "blocked"  # they blocked us
    CLOSED = "closed"  # they (or a window) do not take private messages now
    DUPLICATE = "duplicate"  # the network refuses the same words again
    FORBIDDEN = "forbidden"  # our account may not do this
    UNSUMMONED = "unsummoned"  # by API the network takes answers only to those who named the account
    MEDIA = "media"  # a picture or file is of a kind or size that the network does not take
    INVALID = "invalid"
    UNAUTHORISED = "unauthorised"  # the token is dead: the channel must be connected again
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"  # the network is down or does not answer


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands on the network under this key."""

    key: str
    url: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Refused for good: sending the same again cannot help. `detail` is the network's own sentence."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Refused for now and certainly not posted. `until` is the network's word on when to try again, if it gave one."""

    reason: Reason
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer after the request may have left: it stands there or not. Look before sending again."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up's answer: the network has no such post, so it may be sent (again)."""


type Outcome = Sent | Refused | Later | Unknown
type Finding = Sent | Absent | Later | Unknown


class Moderation(StrEnum):
    """What we may do with a customer's public words, or ours, besides answering. Each may be done twice: the second
    time changes nothing and is Sent as well."""

    HIDE = "hide"
    UNHIDE = "unhide"
    LIKE = "like"
    UNLIKE = "unlike"
    DELETE = "delete"  # a customer's comment on our own post


class Signal(StrEnum):
    """What the other side of a private conversation may be shown of us."""

    READ = "read"
    TYPING = "typing"
