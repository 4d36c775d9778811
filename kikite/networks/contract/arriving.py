"""What arrives from a network: messages, what became of them, and the raw deliveries that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Visibility(StrEnum):
    """Who can read a message. Everything but PRIVATE is shown as public, with its word beside it."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Author:
    """An account of somebody on a network, as far as the network told us. Empty strings mean "not said"."""

    key: str
    handle: str
    name: str = ""
    avatar: str = ""
    url: str = ""
    followers: int | None = None
    automated: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """What hangs on a message. `url` is the network's; pages only see our proxy.

    "sticker": a picture that says something by itself. "emoji": a server's own, `alt` is its `:code:` as it stands in
    the text. "card": the preview of the link `url`, `alt` is its title. "file": anything else, `alt` is its name.
    Of ours on its way out, `url` is a `data:` address that holds the bytes.
    """

    kind: str  # "image" | "video" | "audio" | "sticker" | "emoji" | "card" | "file"
    url: str
    alt: str = ""
    mime: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One post or one private message, in its newest version.

    `edited_at` orders versions: a message with a later one replaces what is kept, an earlier one never does.
    `reply_to` and `root` are keys and may name posts that we never saw. `to` and `thread` are for private messages:
    the other side of the conversation and the network's id of it. `lang` is what the network or the author claims.
    """

    key: str
    author: Author
    text: str
    at: datetime
    visibility: Visibility = Visibility.PUBLIC
    reply_to: str = ""
    root: str = ""
    quotes: str = ""
    to: tuple[Author, ...] = ()
    thread: str = ""
    url: str = ""
    lang: str = ""
    media: tuple[Media, ...] = ()
    edited_at: datetime | None = None
    # The network's word for what it is where that says more than post or private message: "comment", "story reply",
    # "story mention", "review". At most 40 characters; shown beside the message.
    kind: str = ""
    # Keys of the accounts that the author summoned: mentioned in the text (also by replying to them) or quoted.
    names: tuple[str, ...] = ()
    # Encrypted end to end, so that only the network's own app can read or answer it; `text` is empty.
    sealed: bool = False
    # The author's content warning, "" for none. The text stands under it.
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The author (or the network) took a message back. It may arrive before the message itself."""

    key: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """A like, a repost or the like, given to (or taken back from) a message. `kind` is the network's word."""

    message: str
    author: Author
    kind: str
    at: datetime
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The customer `by` (their key) has seen our private messages to them that were posted up to `at`."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """The owner of the account took our permission back on the network: the channel must be connected again."""

    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Something was said that the network only names: its words are asked for (`Connection.refresh`)."""

    key: str


type Incoming = Message | Deletion | Reaction | Seen | Revoked | Named


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that a network handed us, raw. `key` is the network's id of it: the same key again is the same thing.

    `kind` is the connector's own word for the shape of `body` ("notification", "status.update"…), at most 40 chars.
    `account` is the key of the account that it is for, where one webhook serves several accounts of an app; "" is the
    account whose webhook was called.
    """

    key: str
    kind: str
    body: bytes
    account: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Time of which the network no longer tells: what was said between `since` and `until` may be missing here."""

    since: datetime
    until: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one poll brought: deliveries (oldest first where the network allows), the cursor to keep with them,
    and whether asking again at once would bring more. `gap` when the cursor was older than what can still be had."""

    deliveries: tuple[Delivery, ...]
    cursor: str
    more: bool = False
    gap: Gap | None = None


class Unreadable(ValueError):
    """A delivery that the connector cannot translate; the text says what is wrong with it, in words."""


class BadSignature(Exception):
    """A webhook call that does not prove that it comes from the network: answered 401 and not kept."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a network wants to hear when it asks, by GET, whether a webhook address is ours."""

    body: bytes
    mime: str = "text/plain"
