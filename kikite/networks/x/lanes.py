"""Reading one list onward, gaplessly, a page at a time.

Lists of X begin with the newest. What is new since `Lane.base` is read from the newest end down to it; only then does
the base move up, so that whoever is interrupted goes on where they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kikite.networks.contract import Gap

from .cursor import Lane
from .splitting import Item

SETTLED = timedelta(seconds=60)  # X shows a post this much later than one with a higher id, at most


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of the list as it came, newest first, and where the next one begins ("" for none)."""

    items: Sequence[Item]
    next: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a lane brought, oldest first, and whether asking again at once would bring more."""

    items: list[Item]
    more: bool = False
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How much X shows of a list at all: so many, or so far back."""

    count: int = 10**9
    back: timedelta = timedelta.max


def onward(lane: Lane, ask: Callable[[Lane], Leaf], now: datetime, reach: Reach) -> Read:
    """One page more. At first the newest page is all that is read."""
    leaf = ask(lane)
    items = [item for item in leaf.items if not item.id or not lane.base or int(item.id) > int(lane.base)]
    fresh = [item for item in items if not item.id or item.id not in lane.seen]
    known = [item for item in items if item.id]
    _remember(lane, known, now)
    if leaf.next and known and lane.read and len(items) == len(leaf.items):
        lane.until = leaf.next
        return Read(fresh[::-1], more=True)
    gap = _gap(lane, known, now, reach)
    _settle(lane, known, now)
    return Read(fresh[::-1], gap=gap)


def _remember(lane: Lane, known: Sequence[Item], now: datetime) -> None:
    lane.next = lane.next or next((item.id for item in known if item.at <= now - SETTLED), "")
    lane.count += len(known)
    above = {item.id for item in known if not lane.next or int(item.id) > int(lane.next)}
    lane.seen += sorted(above.difference(lane.seen), key=int)


def _settle(lane: Lane, known: Sequence[Item], now: datetime) -> None:
    """The list was read down to the base: the base moves up. Where nothing is settled at first, nothing older than
    what came is asked for."""
    first = known[-1].id if known and not lane.read else ""
    lane.base = lane.next or lane.base or first
    lane.seen = [key for key in lane.seen if not lane.base or int(key) > int(lane.base)]
    lane.until, lane.next, lane.count, lane.read = "", "", 0, now.timestamp()


def _gap(lane: Lane, known: Sequence[Item], now: datetime, reach: Reach) -> Gap | None:
    """Where the list ended because X shows no more of it, and not because we met what we know."""
    if not lane.read:
        return None
    since = datetime.fromtimestamp(lane.read, UTC)
    if reach.back < timedelta.max and since < now - reach.back:
        return Gap(since, now - reach.back, f"X shows only the last {reach.back.days} days of these.")
    if lane.count >= reach.count and known:
        return Gap(since, max(since, known[-1].at), f"X shows only the newest {reach.count} of these.")
    return None
