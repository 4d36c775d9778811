"""Reading through an app view: our notifications, our own posts, and whether what we know still stands.

The app view sorts notifications by the time that the author's program claims, and a post that is deleted vanishes
from them without a word. So each look overlaps the one before, and the cursor carries the posts that are watched:
some of them are asked for with every poll.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..contract import Delivery, Page
from . import raw
from .addresses import POST, Address, parse, time_key
from .people import ASKED, People
from .session import Session
from .translate import REACTIONS, TALK
from .xrpc import Json, Refusal

LISTED = 100  # notifications in one answer
OWN = 50  # newest posts of ours in one answer
WATCHED = 150  # newest posts that are looked at again
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
    watch: tuple[str, ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor of ours; anything else is the beginning."""
        try:
            values: dict[str, Any] = json.loads(text)
            return cls(**(values | {"watch": tuple(values["watch"])}))
        except (ValueError, TypeError, KeyError):
            return cls()

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


class Notifications:
    """What an app view tells `us` (a DID)."""

    def __init__(self, session: Session, people: People, us: str) -> None:
        self._session = session
        self._people = people
        self._us = us

    def page(self, text: str) -> Page:
        """One poll. Raises NetworkTrouble."""
        cursor = Cursor.parse(text)
        gone, cursor = self._looked_after(cursor)
        told, cursor = self._told(_begun(cursor))
        own = self._own(cursor)
        cursor = replace(cursor, watch=_newest([*cursor.watch, *(short for short, _ in own + told if short)]))
        deliveries = (*gone, *(delivery for _, delivery in own), *(delivery for _, delivery in told))
        return Page(deliveries, str(cursor), bool(cursor.back))

    # --- what people say to us ---

    def _told(self, cursor: Cursor) -> tuple[list[tuple[str, Delivery]], Cursor]:
        """One page of a walk, oldest first: (key of the post to watch or "", delivery) of what is new in it."""
        query = {"limit": LISTED} | ({"cursor": cursor.back} if cursor.back else {})
        answer = self._session.read("app.bsky.notification.listNotifications", query)
        listed = raw.objects(answer, "notifications")
        times = [time.isoformat() for one in listed if (time := raw.maybe_time(one, "indexedAt"))]
        back = raw.text(answer, "cursor")
        # The first time of all, the newest page is enough; an empty page ends every walk.
        ended = not (back and times and cursor.floor) or min(times) < cursor.floor
        moved = replace(cursor, top=max([cursor.top, *times]), back=back)
        if ended:
            moved = replace(moved, seen=moved.top, top="", back="", floor="")
        return list(self._worded(listed, cursor)), moved

    def _worded(self, listed: list[Json], cursor: Cursor) -> Iterator[tuple[str, Delivery]]:
        known = set(cursor.watch)
        new = [one for one in reversed(listed) if _short(one) not in known and _is_for_us(one)]
        talk = [str(one.get("uri")) for one in new if one.get("reason") in TALK]
        posts = self._posts(talk)
        profiles = self._people.many(_did(one) for one in new)
        for one in new:
            uri = str(one.get("uri"))
            told = {"notification": one, "post": posts.get(uri), "profile": profiles.get(_did(one))}
            yield (
                _short(one) if uri in posts else "",
                Delivery(f"{one['reason']} {uri} {one.get('cid')}"[:500], "notification", _bytes(told)),
            )

    def _posts(self, uris: Sequence[str]) -> dict[str, Json]:
        """Those of the posts that the app view shows us, by at-uri."""
        found: dict[str, Json] = {}
        for start in range(0, len(uris), ASKED):
            answer = self._session.read("app.bsky.feed.getPosts", {"uris": list(uris[start : start + ASKED])})
            found |= {raw.text(post, "uri"): post for post in raw.objects(answer, "posts")}
        return found

    # --- what we said, here or elsewhere ---

    def _own(self, cursor: Cursor) -> list[tuple[str, Delivery]]:
        """Our newest posts, oldest first, without those that were given before."""
        known, now = set(cursor.watch), datetime.now(UTC).isoformat()
        new = [record for record in self._own_records(cursor) if _short(record) not in known]
        if not new:
            return []
        author = self._people.many([self._us]).get(self._us, {"did": self._us})
        return [(_short(record), _own_post(record, author, now)) for record in reversed(new)]

    def _own_records(self, cursor: Cursor) -> Iterator[Json]:
        """Newest first: one answer, and more where we were away for longer than that tells."""
        seen = raw.maybe_time({"at": cursor.seen}, "at")
        oldest = time_key(seen - OVERLAP) if seen else ""
        query: dict[str, str | int] = {"repo": self._us, "collection": POST, "limit": OWN}
        while True:
            answer = self._session.read("com.atproto.repo.listRecords", query)
            records = raw.objects(answer, "records")
            yield from records
            back = raw.text(answer, "cursor")
            if not (back and records and oldest) or _rkey(_short(records[-1])) < oldest:
                return
            query["cursor"] = back

    # --- what stands no longer ---

    def _looked_after(self, cursor: Cursor) -> tuple[list[Delivery], Cursor]:
        """Ask for the posts whose turn it is. Those that are gone are watched no longer."""
        turn, rest = cursor.watch[:ASKED], cursor.watch[ASKED:]
        gone = [short for short in self._missing(turn) if self._is_gone(short)]
        stands = tuple(short for short in turn if short not in gone)
        now = datetime.now(UTC).isoformat()
        told = [Delivery(f"gone {_long(short)}", "gone", _bytes({"uri": _long(short), "time": now})) for short in gone]
        return told, replace(cursor, watch=rest + stands)

    def _missing(self, shorts: Sequence[str]) -> list[str]:
        shown = self._posts([_long(short) for short in shorts])
        return [short for short in shorts if _long(short) not in shown]

    def _is_gone(self, short: str) -> bool:
        """The app view also hides posts of people who block us, and is late with new ones: only a repository knows."""
        address = parse(_long(short))
        if address is None:
            return False
        try:
            self._session.read("com.atproto.repo.getRecord", address.query)
        except Refusal:
            return True
        return False


def _begun(cursor: Cursor) -> Cursor:
    """Begin a walk, unless one is under way."""
    if cursor.back or not cursor.seen:
        return cursor
    now = datetime.now(UTC)
    last, seen = raw.maybe_time({"at": cursor.deep}, "at"), raw.maybe_time({"at": cursor.seen}, "at") or now
    deep = last is None or now - last >= DEEP_EVERY
    floor = seen - (DEEP_OVERLAP if deep else OVERLAP)
    return replace(cursor, floor=floor.isoformat(), top=cursor.seen, deep=now.isoformat() if deep else cursor.deep)


def _is_for_us(notification: Json) -> bool:
    return notification.get("reason") in TALK | REACTIONS


def _own_post(record: Json, author: Json, now: str) -> Delivery:
    told = {"uri": record.get("uri"), "cid": record.get("cid"), "value": record.get("value")}
    key = f"record {record.get('uri')} {record.get('cid')}"
    return Delivery(key[:500], "record", _bytes(told | {"author": author, "time": now}))


def _did(notification: Json) -> str:
    return raw.text(raw.maybe_object(notification, "author"), "did")


def _short(record: Json) -> str:
    """The address of a post as it is kept in the cursor; "" for anything else."""
    address = parse(record.get("uri"))
    return f"{address.did}/{address.rkey}" if address and address.is_post else ""


def _long(short: str) -> str:
    did, _, rkey = short.partition("/")
    return str(Address(did, POST, rkey))


def _rkey(short: str) -> str:
    return short.partition("/")[2]


def _newest(shorts: Sequence[str]) -> tuple[str, ...]:
    """At most WATCHED posts, the newest by their record keys, in the order in which it will be their turn."""
    kept = set(sorted(set(shorts), key=_rkey)[-WATCHED:])
    return tuple(short for short in dict.fromkeys(shorts) if short in kept)


def _bytes(told: Json) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
