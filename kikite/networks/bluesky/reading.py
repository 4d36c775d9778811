"""What is new for an account: its posts by one of two ways, and its private messages beside them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..contract import Delivery, Gap, NetworkTrouble, Page, RateLimited, Unreachable
from . import gap, raw
from .conversations import Conversations
from .conversations import Cursor as ChatCursor
from .firehose import Firehose, FutureCursor
from .firehose import Reading as Frames
from .notifications import Notifications
from .people import People
from .session import Session
from .threads import Threads
from .xrpc import Refusal

# Seconds between two looks at what is only told when asked for: four requests, of 3,000 that are allowed in 5 minutes.
LOOK = 5.0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where posts and private messages were read to."""

    posts: str = ""
    chat: ChatCursor = field(default_factory=ChatCursor)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor of ours. One from before private messages were read stands for posts alone."""
        try:
            values = json.loads(text)
        except ValueError:
            return cls()
        if isinstance(values, dict) and isinstance(values.get("posts"), str):
            return cls(values["posts"], ChatCursor.of(values.get("chat")))
        return cls(text)

    def __str__(self) -> str:
        return json.dumps({"posts": self.posts, "chat": self.chat.values}, separators=(",", ":"))


class Reading:
    """Reads posts by `hose` where there is one, else by notifications; and `conversations`, if we may."""

    def __init__(
        self,
        session: Session,
        people: People,
        us: str,
        *,
        hose: Firehose | None,
        threads: Threads,
        conversations: Conversations | None,
    ) -> None:
        self._session = session
        self._people = people
        self._threads = threads
        self._notifications = Notifications(session, people, us)
        self._hose = hose
        self._conversations = conversations
        self._cursor = Cursor()  # of the newest look, from which a stream goes on

    def poll(self, text: str) -> Page:
        """Raises NetworkTrouble. Trouble with the chat service holds back no post: it is raised when there is none."""
        cursor = Cursor.parse(text)
        page = self._past(cursor.posts) if self._hose else self._notifications.page(cursor.posts)
        chat, more = cursor.chat, False
        said: tuple[Delivery, ...] = ()
        trouble: NetworkTrouble | None = None
        try:
            said, chat, more = self._whispers(cursor.chat)
        except RateLimited:
            pass  # the next look may come too early as well; posts have a limit of their own
        except NetworkTrouble as error:
            trouble = error
        if trouble and not page.deliveries and not page.more:
            raise trouble
        self._cursor = Cursor(page.cursor, chat)
        return Page((*page.deliveries, *said), str(self._cursor), page.more or more, page.gap)

    def stream(self) -> Iterator[Delivery | None]:
        return self._live() if self._hose else self._look_again()

    def _whispers(self, cursor: ChatCursor) -> tuple[tuple[Delivery, ...], ChatCursor, bool]:
        """Raises NetworkTrouble."""
        if self._conversations is None:
            return (), cursor, False
        try:
            return self._conversations.page(cursor)
        except Refusal as refusal:
            raise Unreachable(f"no private messages: {refusal}") from refusal

    def _look_again(self) -> Iterator[Delivery | None]:
        """Notifications are only told when asked for: a stream is asking often."""
        yield None
        given: set[str] = set()
        while True:
            page = self.poll(str(self._cursor))
            yield from (delivery for delivery in page.deliveries if delivery.key not in given)
            yield None
            given = {delivery.key for delivery in page.deliveries}
            if not page.more:
                time.sleep(LOOK)

    # --- by the firehose ---

    def _live(self) -> Iterator[Delivery | None]:
        """The firehose as it comes, with looks at the private messages between."""
        assert self._hose is not None
        seq, _ = _place_in(self._cursor.posts)
        chat, looked = self._cursor.chat, time.monotonic()
        try:
            for delivery in self._hose.live(seq):
                yield delivery
                if time.monotonic() - looked > LOOK:
                    try:
                        said, chat, _ = self._whispers(chat)
                    except NetworkTrouble:
                        said = ()  # the next poll says so
                    yield from said
                    looked = time.monotonic()
        except FutureCursor:
            raise Unreachable("the firehose counts anew") from None

    def _past(self, cursor: str) -> Page:
        """What the firehose tells since `cursor`, and what it no longer does."""
        assert self._hose is not None
        seq, at = _place_in(cursor)
        try:
            frames = self._hose.past(seq or 0, at)
        except FutureCursor:
            frames = self._hose.past(0, "")
            frames.outdated = True
        since = raw.maybe_time({"at": at}, "at") if frames.outdated else None
        return Page(
            (*self._untold(since), *frames.deliveries),
            json.dumps({"seq": frames.seq, "at": frames.at}),
            frames.more,
            _gap(since, frames),
        )

    def _untold(self, since: datetime | None) -> Iterator[Delivery]:
        if since is not None:
            yield from gap.missed(self._session, self._people, self._threads, since)


def _gap(since: datetime | None, frames: Frames) -> Gap | None:
    """Of a time that the firehose no longer tells, posts are read from the repositories. The rest is lost."""
    if since is None:
        return None
    until = max(since, raw.maybe_time({"at": frames.began}, "at") or datetime.now(UTC))
    return Gap(since, until, "posts were read again; deletions and reactions of that time were not told")


def _place_in(cursor: str) -> tuple[int | None, str]:
    """(number, time) of the last frame that was read; (None, "") at the beginning."""
    try:
        values = json.loads(cursor)
        return int(values["seq"]), str(values["at"])
    except (ValueError, TypeError, KeyError):
        return None, ""
