"""The two things that a network's folder provides: a network, and a connection for one account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from .abilities import Addresses, Capabilities, Limits
from .accounts import Account, Identity, Renewal, Way
from .arriving import Author, Delivery, Handshake, Incoming, Page
from .metering import Budget, Meter
from .sending import Finding, Moderation, Outcome, Part, Signal


class Connection(Protocol):
    """A signed-in conversation with the network for one account. Used by one thread at a time; closed when done.

    Every request ends within `timeout` seconds of its start (whole-request deadline), so that after it no earlier
    attempt of ours can still be under way. Reading raises NetworkTrouble.
    `kikite.networks.base.BaseConnection` answers for what a network does not have.
    """

    timeout: float
    budget: Budget | None  # of the newest answer that told
    # Secrets that the network renewed while we talked (rotated refresh tokens); kept by the caller when it changes.
    renewed: Mapping[str, str] | None

    def identify(self) -> Identity:
        """Ask whose credentials these are and what they may do."""

    def poll(self, cursor: str) -> Page:
        """What is new since `cursor` ("" at first: what the network still has, at most some hundreds)."""

    def stream(self) -> Iterator[Delivery | None]:
        """Deliveries as they happen; None at least every 30 s, so that the caller can stop.

        The caller polls once the first item came, and whenever a stream breaks: a stream alone proves nothing
        about the time before it. Only for networks whose `reads_by` has "stream".
        """

    def search(self, query: str, cursor: str) -> Page:
        """What everybody said lately that fits `query`, in the network's own language of queries. Only for networks
        whose `searches` has "search"."""

    def listen(self, queries: Sequence[str]) -> Iterator[Delivery | None]:
        """What everybody says that fits one of `queries`, as it is said; None at least every 30 s. Only for networks
        whose `searches` has "stream"."""

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        """The posts as they are now: a delivery for each that stands, one that is a deletion for each that does not.
        At most `Capabilities.refreshes` keys a request are asked for."""

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        """Names and pictures of accounts, as far as the network tells. Unknown ones are left out."""

    def subscribe(self, hook: str) -> Mapping[str, object]:
        """Have the network call the address `hook`; what is to be kept in the channel's settings, as "webhook", where
        the connection finds it again. May be done again."""

    def unsubscribe(self) -> None:
        """The network need not call any more. May be done again."""

    def send(self, part: Part) -> Outcome:
        """Post it. Never raises for what the network says: that is the outcome."""

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Does this very part already stand on the network?

        `taken` are keys of posts that are known to be other parts. Where a part is known only by its words and its
        place, they tell it from one that says the same ("Thank you!") in the same place.
        """

    def delete(self, key: str) -> Outcome:
        """Take one of our own posts or private messages back; Sent when it is gone."""

    def moderate(self, key: str, act: Moderation) -> Outcome:
        """Do this to a message. Sent when it is so, also when it was so before."""

    def signal(self, to: Author, thread: str, signal: Signal) -> None:
        """Show the other side of a private conversation that we read or write. Raises NetworkTrouble."""

    def close(self) -> None: ...


class Network(Protocol):
    """One folder of `kikite.networks`. Stateless; one instance serves all channels.

    `kikite.networks.base.BaseNetwork` answers for what a network does not have.
    """

    name: str  # the folder's name, kept in the database
    title: str  # as people write it
    capabilities: Capabilities
    ways: tuple[Way, ...]  # to connect an account, the best first
    default_url: str  # of the network itself, "" where everyone has their own server

    def able(self, account: Account) -> Capabilities:
        """What can be done with this account: less or more than `capabilities` where servers or contracts differ."""

    def realm(self, account: Account) -> str:
        """Where this account's keys are unique; at most 200 characters."""

    def limits(self, account: Account) -> Limits: ...

    def addresses(self, account: Account) -> Addresses:
        """Where @names and #tags in this account's messages lead."""

    def connect(
        self, account: Account, *, timeout: float = 15.0, meter: Meter = ...
    ) -> AbstractContextManager[Connection]:
        """`timeout` bounds each whole request, in seconds; `meter` is asked before each (default: `Unmetered`)."""

    def renew(self, account: Account, *, timeout: float = 15.0) -> Renewal:
        """Credentials that live longer, before these end. One caller at a time for an account: a refresh token may be
        good for one use. Raises NetworkTrouble. Only where `Capabilities.renews` is set."""

    def revoke(self, account: Account, *, timeout: float = 15.0) -> None:
        """Give access back that signing in brought: nobody needs it any more. Raises NetworkTrouble."""

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        """Raw to neutral; an empty list for what is read but says nothing to us. Raises Unreadable, nothing else."""

    def handshake(self, account: Account, query: Mapping[str, str]) -> Handshake:
        """Answer the network's question whether our webhook's address is ours. Raises BadSignature."""

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        """Open a webhook call. Verifies the signature over the raw body first. Raises BadSignature, Unreadable.

        Header names are lower-case. Networks without webhooks raise BadSignature always.
        """

    def media_headers(self, account: Account, url: str) -> Mapping[str, str]:
        """What a request for the media at `url` needs besides its address, credentials of the account mostly: empty
        unless `url` is the network's own place for them. They are for that one request, never for what it redirects
        to."""

    def hand_over(self, account: Account, part: Part) -> str:
        """The address at which a person can post this part in the network's own app, in its place and with its text
        filled in; "" where there is none. For a private part it opens the conversation."""
