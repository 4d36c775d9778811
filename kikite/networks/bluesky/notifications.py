"""Reading through an app view: our notifications, our own posts, and what became of the posts that we know.

The app view sorts notifications by the time that the author's program claims, so each look overlaps the one before:
a post of somebody whose clock is slow stands below what we have seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..contract import Delivery, Page
from . import raw
from .addresses import POST, time_key
from .people import People
from .raw import Json
from .session import Session
from .translate import REACTIONS, TALK
from .watching import Watching, name, newest, rkey, told

LISTED = 100  # notifications in one answer
OWN = 50  # newest posts of ours in one answer
# How far back to look for a post whose author's clock is slow: always, and once in a while.
OVERLAP = timedelta(minutes=10)
DEEP_OVERLAP = timedelta(hours=24)
DEEP_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where we stand. A walk goes from the newest notification back to `floor`, one page a poll: `back` is the app
    view's own cursor in it, `top` the newest time it has met. Times are ISO 8601, "" for none."""

    seen: str = ""
    floor: str = ""
    top: str = ""
    back: str = ""
    deep: str = ""  # when we last looked far back
    watch: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor of ours; anything else is the beginning."""
        try:
            values: dict[str, Any] = json.loads(text)
            return cls(**(values | {"watch": {str(key): int(count) for key, count in values["watch"].items()}}))
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


class Notifications:
    """What an app view tells `us` (a DID)."""

    def __init__(self, session: Session, people: People, us: str) -> None:
        self._session = session
        self._people = people
        self._us = us
        self._watching = Watching(session, us)

    def page(self, text: str) -> Page:
        """One poll. Raises NetworkTrouble."""
        cursor = Cursor.parse(text)
        news, watch = self._watching.turn(cursor.watch)
        cursor = replace(cursor, watch=watch)
        talk, moved = self._talk(_begun(cursor))
        own = self._own(cursor)
        new = [*own, *talk, *((_named(one), one) for one in news if one.kind == "post")]
        cursor = replace(moved, watch=newest(watch, [short for short, _ in new]))
        deliveries = (*(one for _, one in own), *(one for _, one in talk), *news)
        return Page(deliveries, str(cursor), bool(cursor.back))

    # --- what people say to us ---

    def _talk(self, cursor: Cursor) -> tuple[list[tuple[str, Delivery]], Cursor]:
        """One page of a walk, oldest first: (name of the post to watch or "", delivery) of what is new in it."""
        query = {"limit": LISTED} | ({"cursor": cursor.back} if cursor.back else {})
        answer = self._session.read("app.bsky.notification.listNotifications", query)
        listed = raw.objects(answer, "notifications")
        times = [time.isoformat() for one in listed if (time := raw.maybe_time(one, "indexedAt"))]
        back = raw.text(answer, "cursor")
        ended = not (back and times) or min(times) < cursor.floor
        moved = replace(cursor, top=max([cursor.top, *times]), back=back)
        if ended:
            moved = replace(moved, seen=moved.top, top="", back="", floor="")
        return list(self._said(listed, cursor)), moved

    def _said(self, listed: list[Json], cursor: Cursor) -> Iterator[tuple[str, Delivery]]:
        new = [one for one in reversed(listed) if name(one) not in cursor.watch and _is_for_us(one)]
        posts = self._watching.posts(str(one.get("uri")) for one in new if raw.text(one, "reason") in TALK)
        profiles = self._people.many(_did(one) for one in new)
        for one in new:
            uri = str(one.get("uri"))
            body = {"notification": one, "post": posts.get(uri), "profile": profiles.get(_did(one))}
            short = name(one) if uri in posts else ""
            yield short, told("notification", f"{one['reason']} {uri} {one.get('cid')}", body)

    # --- what we said, here or elsewhere ---

    def _own(self, cursor: Cursor) -> list[tuple[str, Delivery]]:
        """Our newest posts, oldest first, without those that were given before."""
        new = [record for record in self._own_records(cursor) if name(record) not in cursor.watch]
        if not new:
            return []
        author = self._people.many([self._us]).get(self._us, {"did": self._us})
        beside = {"author": author, "time": datetime.now(UTC).isoformat()}
        return [
            (name(record), told("record", f"record {record.get('uri')} {record.get('cid')}", record | beside))
            for record in reversed(new)
        ]

    def _own_records(self, cursor: Cursor) -> Iterator[Json]:
        """Newest first: one answer, and more where we were away for longer than that tells."""
        seen = _time(cursor.seen)
        oldest = time_key(seen - OVERLAP) if seen else ""
        query: dict[str, str | int] = {"repo": self._us, "collection": POST, "limit": OWN}
        while True:
            answer = self._session.read("com.atproto.repo.listRecords", query)
            records = raw.objects(answer, "records")
            yield from records
            back = raw.text(answer, "cursor")
            if not (back and records and oldest) or rkey(name(records[-1])) < oldest:
                return
            query["cursor"] = back


def _begun(cursor: Cursor) -> Cursor:
    """Begin a walk, unless one is under way. The first one is deep."""
    if cursor.back:
        return cursor
    now = datetime.now(UTC)
    last, seen = _time(cursor.deep), _time(cursor.seen) or now
    deep = last is None or now - last >= DEEP_EVERY
    floor = seen - (DEEP_OVERLAP if deep else OVERLAP)
    return replace(cursor, floor=floor.isoformat(), top=cursor.seen, deep=now.isoformat() if deep else cursor.deep)


def _time(text: str) -> datetime | None:
    return raw.maybe_time({"at": text}, "at")


def _is_for_us(notification: Json) -> bool:
    return raw.text(notification, "reason") in TALK | REACTIONS


def _did(notification: Json) -> str:
    return raw.text(raw.maybe_object(notification, "author"), "did")


def _named(delivery: Delivery) -> str:
    """The name under which the post in a delivery of `watching` is watched in its turn."""
    return name(json.loads(delivery.body))
