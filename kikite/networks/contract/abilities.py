"""What a network can do, as data. Screens, checks and the documentation's table are drawn from it, never from a
name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from .arriving import Visibility
from .sending import Moderation, Signal


class Counting(StrEnum):
    """How a network measures the length of a post."""

    WEIGHTED = "weighted"  # X: NFC, CJK and emoji 2, links 23
    GRAPHEMES = "graphemes"  # Bluesky
    CHARACTERS = "characters"  # Mastodon: code points, links 23, @name without the host
    UTF16 = "utf16"  # Meta, LINE: UTF-16 code units


@dataclass(frozen=True, slots=True)
class Accepts:
    """One kind of file that a network takes with a message: its media types and the most bytes of one."""

    kind: str  # as Media.kind: "image" | "video" | "audio" | "file"
    types: tuple[str, ...]
    bytes: int
    # The longest description, in characters; 0 where the network keeps none.
    alt: int = 0
    # Nothing else hangs on the message that has one of these (a video beside pictures is refused).
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits into one post of one account; the instance's own where the network leaves it to instances."""

    length: int
    counting: Counting = Counting.CHARACTERS
    link_weight: int | None = None
    private_length: int | None = None  # None: as `length`
    private_counting: Counting | None = None  # None: as `counting`
    bytes: int | None = None  # the most bytes of UTF-8 besides, None: no such limit
    media: int = 4
    private_media: int | None = None  # None: as `media`
    accepts: tuple[Accepts, ...] = ()  # files that go with a public post
    private_accepts: tuple[Accepts, ...] | None = None  # None: as `accepts`
    # The @names of those who are answered weigh nothing at the head of a reply: the network fills them in itself.
    free_names: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the @names and #tags in messages of an account's network lead, so that the desk can link them.

    Addresses with `{name}`, `{host}` and `{tag}` in them, which are filled in percent-encoded; "" leads nowhere.
    """

    name: str = ""  # of @name
    remote: str = ""  # of @name@host
    tag: str = ""
    # How a name is written behind its @, as a regular expression.
    names: str = "[A-Za-z0-9_]{1,20}"


@dataclass(frozen=True, slots=True)
class Price:
    """What the network charges. `what` is the connector's word for the thing ("post.read"), as told to the meter."""

    what: str
    usd: str  # a decimal number, per piece
    title: str  # in words, translatable
    # The same thing twice within one UTC day is charged once.
    daily: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can do for one account."""

    # Messages can be said to one person alone.
    private_messages: bool
    # Private messages are end-to-end encrypted; if not, the desk says so beside them.
    private_encrypted: bool = False
    # Some private conversations are encrypted so that only the network's own app can read them (`Message.sealed`).
    sealed_messages: bool = False
    # We can say something publicly that answers nobody. Without, public words of ours only answer somebody's.
    posts: bool = True
    # Authors can change a post after it was sent.
    edits: bool = False
    # Our own public posts, and our own private messages, can be taken back.
    deletes: bool = True
    private_deletes: bool = True
    # Things that are not text come with customers' messages / can be sent with ours.
    media_in: bool = True
    media_out: bool = True
    # The network pushes: "webhook", "stream"; it can always be polled when "poll" is here.
    reads_by: frozenset[str] = frozenset({"poll"})
    # Seconds between two polls of one channel: within the network's limits with room to spare.
    poll_every: float = 15.0
    # Webhooks can be set up by the connection itself (`Connection.subscribe`); if not, a person pastes the address.
    subscribes: bool = False
    # How what everybody says can be searched for listeners: "search" (recent posts), "stream" (as they are said).
    searches: frozenset[str] = frozenset()
    # How many posts one request of `Connection.refresh` can ask about; 0: what became of a post cannot be asked.
    refreshes: int = 0
    # Messages come without names and pictures of their authors; `Connection.profiles` brings them.
    profiles_apart: bool = False
    # The same Part.key sent twice stands once, by the network's own doing. If not, it is looked up first.
    idempotent: bool = False
    # For how long the network remembers a key, in seconds; None: for ever.
    idempotent_for: int | None = None
    # The same for private messages, where they differ; None: as `idempotent`.
    private_idempotent: bool | None = None
    # What stands of ours can be looked up (`Connection.find`). If not, only the network's memory of a key ends a doubt.
    looks_up: bool = True
    # A private message can be sent without the person having written first.
    cold_private: bool = False
    # By API the network takes answers only to posts whose author named our account (`Message.names`).
    summons: bool = False
    # A reply that the API does not take can be handed over to a person by a link (`Network.hand_over`).
    hand_over: bool = False
    # Private messages are taken only for so long after the customer's last one; None: always.
    window: timedelta | None = None
    # For so long after it, they are taken from people, never from machines; None: not beyond `window`.
    human_window: timedelta | None = None
    # A public comment can be answered privately, once, for so long; None: it cannot.
    private_reply: timedelta | None = None
    # What we may do with a comment besides answering it.
    moderates: frozenset[Moderation] = frozenset()
    # What we may show the other side of a private conversation; and whether we are told that they have seen ours.
    signals: frozenset[Signal] = frozenset()
    receipts: bool = False
    # Customers put content warnings over their posts, and so may we.
    warnings: bool = False
    # Access ends by itself and is renewed in time (`Network.renew`): how long before its end we renew it.
    renews: timedelta | None = None
    # What the network charges for, empty where it is free.
    prices: tuple[Price, ...] = ()
    # Where customers can see posts: how the desk calls a public answer's audience.
    visibilities: tuple[Visibility, ...] = (Visibility.PUBLIC,)

    def stands_once(self, *, private: bool) -> bool:
        """A public or private part that is sent twice stands once, by the network's own doing."""
        return self.idempotent if not private or self.private_idempotent is None else self.private_idempotent
