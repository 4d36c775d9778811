"""A network that does what a test tells it to: the worst that networks do, one request at a time.

It is an input, not a stand-in for what is tested: the posts that stand on it are what the outbox is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from kikite.networks.base import UNMETERED, BaseConnection, BaseNetwork
from kikite.networks.contract import (
    Absent,
    Account,
    Capabilities,
    Connection,
    Finding,
    Identity,
    Incoming,
    Later,
    Limits,
    Meter,
    Outcome,
    Page,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
    Visibility,
    Way,
)


class Killed(BaseException):
    """The sender's process was killed at this point of its request."""


class Does(StrEnum):
    """What becomes of the next request."""

    WORKS = "works"
    LOSES_REQUEST = "loses the request"
    LOSES_ANSWER = "loses the answer"
    IS_LATE = "takes it after the sender gave up"
    LIMITS = "limits us"
    IS_AWAY = "is away"
    EXPIRED = "no longer knows us"
    REFUSES = "refuses"
    BREAKS = "breaks the connector"
    DIES_BEFORE = "the sender dies before it took it"
    DIES_AFTER = "the sender dies after it took it"
    DIES_LATE = "the sender dies, and it is taken later"
    OVERTAKEN = "the database forgets the sender's lock while it takes it"


@dataclass(frozen=True)
class Post:
    """What stands, and (which no connector sees) of which part."""

    key: str
    part: str
    text: str
    reply_to: str
    to: str  # whom a private word is for


def _post(number: int, part: Part) -> Post:
    to = part.to.key if part.to and part.visibility is Visibility.PRIVATE else ""
    return Post(f"post{number}", part.key, part.text, part.reply_to, to)


@dataclass
class Scripted(BaseConnection, BaseNetwork):
    """The network and its only server. `overtake` is called in the middle of an OVERTAKEN request."""

    idempotent: bool
    next: Does = Does.WORKS
    standing: list[Post] = field(default_factory=list)
    under_way: list[Part] = field(default_factory=list)
    requests: int = 0
    overtake: Callable[[], None] = lambda: None
    private_idempotent: bool | None = None

    name = "scripted"
    title = "Scripted"
    ways: tuple[Way, ...] = ()
    timeout = 1.0

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(
            private_messages=True,
            cold_private=True,
            idempotent=self.idempotent,
            idempotent_for=3600,
            private_idempotent=self.private_idempotent,
        )

    def realm(self, account: Account) -> str:
        return self.name

    def limits(self, account: Account) -> Limits:
        return Limits(length=60)

    @contextmanager
    def connect(self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED) -> Iterator[Connection]:
        yield self

    # --- requests ---

    def send(self, part: Part) -> Outcome:
        does = self._does()
        self.requests += 1
        if does in (Does.LOSES_REQUEST, Does.DIES_BEFORE):
            return self._silence(does)
        if does in (Does.IS_LATE, Does.DIES_LATE):
            self.under_way.append(part)
            return self._silence(does)
        if (no := self._no(does)) is not None:
            return no
        post = self._take(part)
        if does in (Does.LOSES_ANSWER, Does.DIES_AFTER):
            return self._silence(does)
        if does is Does.OVERTAKEN:
            self.overtake()
        return Sent(post.key)

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """By words and place alone, as on the poorest of networks."""
        does = self._does()
        if does in (Does.DIES_BEFORE, Does.DIES_AFTER, Does.DIES_LATE):
            raise Killed
        if does in (Does.LOSES_REQUEST, Does.LOSES_ANSWER, Does.IS_LATE, Does.REFUSES):
            return Unknown()
        no = self._no(does)
        if isinstance(no, Later):
            return no
        same = (post for post in self.standing if replace(_post(0, part), key=post.key, part=post.part) == post)
        return next((Sent(post.key) for post in same if post.key not in taken), Absent())

    def land(self) -> None:
        """Everything that is under way arrives: no request outlives its deadline and the grace after it."""
        for part in self.under_way:
            self._take(part)
        self.under_way.clear()

    def _take(self, part: Part) -> Post:
        known = next((post for post in self.standing if post.part == part.key), None)
        private = part.visibility is Visibility.PRIVATE
        if known and (self.idempotent if not private or self.private_idempotent is None else self.private_idempotent):
            return known
        post = _post(len(self.standing) + 1, part)
        self.standing.append(post)
        return post

    def _does(self) -> Does:
        does, self.next = self.next, Does.WORKS
        if does is Does.BREAKS:
            raise RuntimeError("a mistake in the connector")
        return does

    def _no(self, does: Does) -> Later | Refused | None:
        if does is Does.LIMITS:
            return Later(Reason.RATE_LIMITED, datetime.now(UTC) + timedelta(minutes=5))
        if does is Does.IS_AWAY:
            return Later(Reason.UNAVAILABLE)
        if does is Does.EXPIRED:
            return Later(Reason.UNAUTHORISED)
        return Refused(Reason.BLOCKED, "They have blocked you.") if does is Does.REFUSES else None

    def _silence(self, does: Does) -> Unknown:
        if does.name.startswith("DIES"):
            raise Killed
        return Unknown("no answer")

    # --- what the outbox does not use ---

    def identify(self) -> Identity:
        raise NotImplementedError

    def poll(self, cursor: str) -> Page:
        raise NotImplementedError

    def delete(self, key: str) -> Outcome:
        raise NotImplementedError

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to hang up."""
