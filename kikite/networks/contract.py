"""What Kikite and a network say to each other.

A network's folder turns its raw JSON into the neutral values below and a planned reply into a post that stands
on the network. Nothing here knows Django or a database, so a connector can be read, tested and run alone.

Times are aware datetimes in UTC. Keys are the network's own ids, unique within a *realm* (one Mastodon server, all
of Bluesky): the same post seen by two channels of one realm has one key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

# --- what arrives -----------------------------------------------------------------------------------------------


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
    """A picture, video, sound or file that hangs on a message. `url` is the network's; pages only see our proxy."""

    kind: str  # "image" | "video" | "audio" | "file"
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


type Incoming = Message | Deletion | Reaction


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that a network handed us, raw. `key` is the network's id of it: the same key again is the same thing.

    `kind` is the connector's own word for the shape of `body` ("notification", "status.update"…), at most 40 chars.
    """

    key: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What one poll brought: deliveries (oldest first where the network allows), the cursor to keep with them,
    and whether asking again at once would bring more."""

    deliveries: tuple[Delivery, ...]
    cursor: str
    more: bool = False


class Unreadable(ValueError):
    """A delivery that the connector cannot translate; the text says what is wrong with it, in words."""


class BadSignature(Exception):
    """A webhook call that does not prove that it comes from the network: answered 401 and not kept."""


# --- what goes out ----------------------------------------------------------------------------------------------


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


class Reason(StrEnum):
    """Why the network did not take a part: what the agent is told, and what can be done about it."""

    TOO_LONG = "too_long"
    GONE = "gone"  # what we answer was deleted
    BLOCKED = "blocked"  # they blocked us
    CLOSED = "closed"  # they (or a window) do not take private messages now
    DUPLICATE = "duplicate"  # the network refuses the same words again
    FORBIDDEN = "forbidden"  # our account may not do this
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


# --- trouble while reading --------------------------------------------------------------------------------------


class NetworkTrouble(Exception):
    """Reading failed in a way that waiting or a person mends; nothing that was kept is touched."""


class Unauthorised(NetworkTrouble):
    """The network no longer accepts this channel's credentials. Connect the account again."""


class RateLimited(NetworkTrouble):
    """The network asks us to wait until `until`."""

    def __init__(self, until: datetime | None, detail: str = "") -> None:
        super().__init__(detail or "rate limited")
        self.until = until


class Unreachable(NetworkTrouble):
    """The network does not answer, or answers with an error of its own (5xx)."""


# --- what a network can do, as data -----------------------------------------------------------------------------


class Counting(StrEnum):
    """How a network measures the length of a post."""

    WEIGHTED = "weighted"  # X: NFC, CJK and emoji 2, links 23
    GRAPHEMES = "graphemes"  # Bluesky
    CHARACTERS = "characters"  # Mastodon: code points, links 23, @name without the host


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits into one post of one account; the instance's own where the network leaves it to instances."""

    length: int
    counting: Counting = Counting.CHARACTERS
    link_weight: int | None = None
    private_length: int | None = None  # None: as `length`
    media: int = 4


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can do. Screens, checks and the documentation's table are drawn from this, never from a name."""

    # Messages can be said to one person alone.
    private_messages: bool
    # Private messages are end-to-end encrypted; if not, the desk says so beside them.
    private_encrypted: bool = False
    # Authors can change a post after it was sent.
    edits: bool = False
    # Our own posts can be taken back.
    deletes: bool = True
    # The network pushes: "webhook", "stream"; it can always be polled when "poll" is here.
    reads_by: frozenset[str] = frozenset({"poll"})
    # Seconds between two polls of one channel: within the network's limits with room to spare.
    poll_every: float = 15.0
    # The same Part.key sent twice stands once, by the network's own doing. If not, it is looked up first.
    idempotent: bool = False
    # For how long the network remembers a key, in seconds; None: for ever.
    idempotent_for: int | None = None
    # A private message can be sent without the person having written first.
    cold_private: bool = False
    # Where customers can see posts: how the desk calls a public answer's audience.
    visibilities: tuple[Visibility, ...] = (Visibility.PUBLIC,)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form that connects an account. `secret` ones are encrypted and never shown again."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""


# --- accounts and connections -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """A channel as its connector sees it. `key` and `handle` are empty until `identify` has told them."""

    key: str
    handle: str
    base_url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom credentials belong to, and what the server said of itself; `settings` is kept with the channel."""

    author: Author
    settings: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Budget:
    """What the network's answers said of its limits: `remaining` of `limit` requests until `resets_at`."""

    limit: int
    remaining: int
    resets_at: datetime


class Connection(Protocol):
    """A signed-in conversation with the network for one account. Used by one thread at a time; closed when done.

    Every request ends within `timeout` seconds of its start (whole-request deadline), so that after it no earlier
    attempt of ours can still be under way.
    """

    timeout: float
    budget: Budget | None  # of the newest answer that told
    # Secrets that the network renewed while we talked (rotated refresh tokens); kept by the caller when it changes.
    renewed: Mapping[str, str] | None

    def identify(self) -> Identity:
        """Ask whose credentials these are. Raises Unauthorised, RateLimited, Unreachable."""

    def poll(self, cursor: str) -> Page:
        """What is new since `cursor` ("" at first: what the network still has, at most some hundreds)."""

    def stream(self) -> Iterator[Delivery | None]:
        """Deliveries as they happen; None at least every 30 s, so that the caller can stop.

        The caller polls once the first item came, and whenever a stream breaks: a stream alone proves nothing
        about the time before it. Only for networks whose `reads_by` has "stream".
        """

    def send(self, part: Part) -> Outcome:
        """Post it. Never raises for what the network says: that is the outcome."""

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Does this very part already stand on the network?

        `taken` are keys of posts that are known to be other parts. Where a part is known only by its words and its
        place, they tell it from one that says the same ("Thank you!") in the same place.
        """

    def delete(self, key: str) -> Outcome:
        """Take one of our own posts back; Sent when it is gone."""

    def close(self) -> None: ...


class Network(Protocol):
    """One folder of `kikite.networks`. Stateless; one instance serves all channels."""

    name: str  # the folder's name, kept in the database
    title: str  # as people write it
    capabilities: Capabilities
    fields: tuple[Field, ...]  # the form that connects an account
    default_url: str  # of the network itself, "" where everyone has their own server

    def realm(self, account: Account) -> str:
        """Where this account's keys are unique; at most 200 characters."""

    def limits(self, account: Account) -> Limits: ...

    def connect(self, account: Account, *, timeout: float = 15.0) -> AbstractContextManager[Connection]: ...

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        """Raw to neutral; an empty list for what is read but says nothing to us. Raises Unreadable, nothing else."""

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        """Open a webhook call. Verifies the signature over the raw body first. Raises BadSignature, Unreadable.

        Header names are lower-case. Networks without webhooks raise BadSignature always.
        """
