"""A signed-in conversation with one AT Protocol server."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from ..base import BaseConnection
from ..calling import later
from ..contract import (
    Account,
    Budget,
    Delivery,
    Finding,
    Identity,
    Limits,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    Unreachable,
)
from . import gap, raw
from .addresses import is_did
from .firehose import Firehose, FutureCursor, Reading
from .media import NOTIFICATIONS, Place
from .notifications import Notifications
from .people import People
from .posting import Posting
from .session import Session
from .threads import Threads
from .translate import author
from .xrpc import Refusal

FIREHOSE = "firehose"
# Seconds between two looks at the notifications of a "stream": three requests, of 3,000 that are allowed in 5 minutes.
LOOK = 5.0


class BlueskyConnection(BaseConnection):
    """See `contract.Connection`."""

    def __init__(self, account: Account, limits: Limits, timeout: float) -> None:
        self.timeout = timeout
        self._account = account
        self._limits = limits
        self._place = Place.of(account)
        self._session = Session(account, timeout)
        self._people = People(self._session, self._place)
        self._cursor = ""  # of the newest poll, from which a stream goes on

    @property
    def budget(self) -> Budget | None:
        return self._session.xrpc.budget

    @budget.setter
    def budget(self, value: Budget | None) -> None:
        self._session.xrpc.budget = value

    @property
    def renewed(self) -> Mapping[str, str] | None:
        return self._session.renewed

    @renewed.setter
    def renewed(self, value: Mapping[str, str] | None) -> None:
        self._session.renewed = value

    def close(self) -> None:
        self._session.close()

    # --- who and where we are ---

    def identify(self) -> Identity:
        with _at_a_server():
            if self._reads == NOTIFICATIONS:
                view = self._people.many([self._us]).get(self._us, {})
            else:
                view = self._people.one(self._us)
            settings = {"reads": self._reads}
            place = Place.of(replace(self._account, settings=settings))
            return Identity(author({**view, "did": self._us}, place), settings, self._session.secrets)

    @cached_property
    def _us(self) -> str:
        """Our DID."""
        if self._account.key:
            return self._account.key
        with _at_a_server():
            did = self._session.read("com.atproto.server.getSession").get("did")
        if not is_did(did):
            raise Unreachable("this is no AT Protocol server: it does not say who we are")
        return str(did)

    @cached_property
    def _reads(self) -> str:
        """How this server is read. One that had no app view is asked anew by every connection: it may have one now."""
        if self._account.settings.get("reads") == NOTIFICATIONS:
            return NOTIFICATIONS
        try:
            self._session.read("app.bsky.notification.listNotifications", {"limit": 1})
        except (Refusal, Unreachable) as error:
            if self._place.public:
                raise Unreachable(f"Bluesky's app view does not answer: {error}") from error
            with _at_a_server():
                self._session.read("com.atproto.sync.listRepos", {"limit": 1})
            return FIREHOSE
        return NOTIFICATIONS

    # --- reading ---

    @cached_property
    def _notifications(self) -> Notifications:
        return Notifications(self._session, self._people, self._us)

    @cached_property
    def _firehose(self) -> Firehose:
        return Firehose(self._session.xrpc.origin, self._us, self._people, self._threads, self.timeout)

    @cached_property
    def _threads(self) -> Threads:
        return Threads(self._session, self._us)

    def poll(self, cursor: str) -> Page:
        with _at_a_server():
            page = self._notifications.page(cursor) if self._reads == NOTIFICATIONS else self._past(cursor)
        self._cursor = page.cursor
        return page

    def stream(self) -> Iterator[Delivery | None]:
        if self._reads == NOTIFICATIONS:
            yield from self._look_again()
        else:
            yield from self._live()

    def _look_again(self) -> Iterator[Delivery | None]:
        """Notifications are only told when asked for: a stream is asking often."""
        yield None
        given: set[str] = set()
        while True:
            page = self.poll(self._cursor)
            yield from (delivery for delivery in page.deliveries if delivery.key not in given)
            yield None
            given = {delivery.key for delivery in page.deliveries}
            if not page.more:
                time.sleep(LOOK)

    def _live(self) -> Iterator[Delivery | None]:
        seq, _ = _place_in(self._cursor)
        try:
            with _at_a_server():
                yield from self._firehose.live(seq)
        except FutureCursor:
            raise Unreachable("the firehose counts anew") from None

    def _past(self, cursor: str) -> Page:
        """What the firehose tells since `cursor`, and what it no longer does."""
        seq, at = _place_in(cursor)
        try:
            reading = self._firehose.past(seq or 0, at)
        except FutureCursor:
            reading = self._firehose.past(0, "")
            reading.outdated = True
        return Page(
            (*self._untold(reading, at), *reading.deliveries),
            json.dumps({"seq": reading.seq, "at": reading.at}),
            reading.more,
        )

    def _untold(self, reading: Reading, at: str) -> Iterator[Delivery]:
        since = raw.maybe_time({"at": at}, "at")
        if reading.outdated and since is not None:
            yield from gap.missed(self._session, self._people, self._threads, since)

    # --- writing ---

    @cached_property
    def _posting(self) -> Posting:
        return Posting(self._session, self._us, self._place, self._limits)

    def send(self, part: Part) -> Outcome:
        try:
            return self._posting.send(part)
        except NetworkTrouble as trouble:  # while asking who we are
            return later(trouble)

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """The record key tells it from all others, whatever is `taken`."""
        try:
            return self._posting.find(part)
        except NetworkTrouble as trouble:
            return later(trouble)

    def delete(self, key: str) -> Outcome:
        try:
            return self._posting.delete(key)
        except NetworkTrouble as trouble:
            return later(trouble)


def _place_in(cursor: str) -> tuple[int | None, str]:
    """(number, time) of the last frame that was read; (None, "") at the beginning."""
    try:
        values = json.loads(cursor)
        return int(values["seq"]), str(values["at"])
    except (ValueError, TypeError, KeyError):
        return None, ""


@contextmanager
def _at_a_server() -> Iterator[None]:
    """A question that every server of the protocol answers; a refusal says that this is none, or not ours."""
    try:
        yield
    except Refusal as refusal:
        raise Unreachable(f"{refusal}") from refusal
