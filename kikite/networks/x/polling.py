"""Reading by asking: mentions, our own posts, private messages, and what became of the posts we know.

X tells nobody that a stranger's post was deleted or changed: the newest posts of a day are *watched*, asked for again
with every poll. What became of older ones is asked by the desk's sweep (`Connection.refresh`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from kikite.networks import raw
from kikite.networks.contract import (
    Delivery,
    Forbidden,
    Gap,
    NetworkTrouble,
    Page,
    RateLimited,
    Unauthorised,
    Urgency,
)
from kikite.networks.raw import Json

from . import fields, limits
from .api import Api
from .cursor import Cursor, Lane
from .lanes import Leaf, Reach, Read, onward
from .limits import Limit
from .refreshing import refresh
from .splitting import Item, dms_of, posts_of

PAGE = 100  # the most that X gives at once
# Private messages have no "since": the newest are told, and paid for, again every day. So few are asked for.
FEW = 20
MENTIONS = Reach(count=800)
OWN = Reach(count=3200)
PRIVATE = Reach(back=timedelta(days=30))
WATCHED = 100  # as many as one request can ask for
WATCH_FOR = timedelta(hours=24)
_SPARED = 3  # requests for private messages that are left in their window while a backlog is read
_REST = 900.0  # seconds until a list is asked for again that we may not read; the longest pause between two looks


class Poll:
    """One poll, from `cursor` on."""

    def __init__(self, api: Api, cursor: str) -> None:
        self._api = api
        self._cursor = Cursor.parse(cursor)
        self._troubles: list[NetworkTrouble] = []
        self._barred: Forbidden | None = None

    def page(self) -> Page:
        read = [one for one in self._lanes() if one]
        if not any(one.items for one in read):
            self._complain(read)
        more = any(one.more for one in read)
        changed = [] if more else self._changed()
        found = sorted((item for one in read for item in one.items), key=lambda item: item.at)
        self._watch(found)
        gap: Gap | None = next((one.gap for one in read if one.gap), None)
        return Page((*(item.delivery for item in found), *changed), self._cursor.dump(), more, gap)

    def _complain(self, read: list[Read]) -> None:
        """Nothing came. Raise what hindered every list; and that we may not read mentions, since a channel that hears
        of nobody must not look well."""
        if self._barred:
            raise self._barred
        if self._troubles and not read:
            raise self._troubles[0]

    # --- lists ---

    def _lanes(self) -> tuple[Read | None, ...]:
        cursor, me = self._cursor, self._api.me
        return (
            self._lane(cursor.mentions, self._posts(f"/2/users/{me}/mentions", limits.MENTIONS, {}), MENTIONS),
            self._lane(
                cursor.own, self._posts(f"/2/users/{me}/tweets", limits.OWN_POSTS, {"exclude": "retweets"}), OWN
            ),
            self._lane(cursor.dms, self._dms, PRIVATE),
        )

    def _lane(self, lane: Lane, ask: Callable[[Lane], Leaf], reach: Reach) -> Read | None:
        """One lane; None while it rests or may not be read. What hinders one lane does not hinder the others."""
        now = self._api.now()
        if lane.rest > now.timestamp():
            return None
        try:
            return onward(lane, ask, now, reach)
        except RateLimited as trouble:
            self._troubles.append(trouble)
            lane.rest = trouble.until.timestamp() if trouble.until else now.timestamp() + _REST
        except Forbidden as trouble:
            self._troubles.append(trouble)
            if lane is self._cursor.mentions:
                self._barred = trouble
            lane.rest = now.timestamp() + _REST
        return None

    def _posts(self, path: str, limit: Limit, besides: dict[str, str]) -> Callable[[Lane], Leaf]:
        def ask(lane: Lane) -> Leaf:
            bounds = {"since_id": lane.base, "until_id": lane.until}
            query = {"max_results": str(PAGE), **fields.POSTS, **besides}
            document = self._api.read(path, limit, query | {name: key for name, key in bounds.items() if key})
            self._api.charge("post.owned", document)
            items = posts_of(document)
            oldest = next((item.id for item in reversed(items) if item.id), "")
            return Leaf(items, oldest if further(document) else "")

        return ask

    def _dms(self, lane: Lane) -> Leaf:
        size = FEW if lane.base and not lane.until else PAGE
        query = {"max_results": str(size), **fields.DMS}
        if lane.until:
            query["pagination_token"] = lane.until
        document = self._api.read("/2/dm_events", limits.DMS, query)
        self._api.charge("dm.read", document)
        leaf = Leaf(dms_of(document), further(document))
        lane.rest = self._pause()
        return leaf

    def _pause(self) -> float:
        """Until when private messages are left alone: X allows so few looks that they are spread over their window."""
        now, budget = self._api.now(), self._api.windows.get(limits.DMS.name)
        left = (budget.resets_at - now).total_seconds() if budget else 0.0
        if budget is None or left <= 0:
            return 0.0
        pause = left if budget.remaining <= _SPARED else left / budget.remaining
        return now.timestamp() + min(pause, _REST)

    # --- what became of them ---

    def _changed(self) -> list[Delivery]:
        """Edits and deletions of watched posts. Trouble here only puts it off: it must not hold up what is new."""
        before = dict(self._cursor.watch)
        try:
            return self._check()
        except Unauthorised:
            raise
        except NetworkTrouble:
            self._cursor.watch = before
            return []

    def _check(self) -> list[Delivery]:
        watch, changed = self._cursor.watch, []
        for state in refresh(self._api, list(watch), Urgency.SEARCHING):
            known, at = watch.pop(state.key)
            if state.version != known:
                changed.append(state.delivery)
            if state.version:
                watch[state.key] = (state.version, at)
        return changed

    def _watch(self, found: Iterable[Item]) -> None:
        """Keep the newest in sight. A message that comes in a later version than we knew is watched in that one."""
        watch = self._cursor.watch
        for item in found:
            if item.key and item.delivery.kind == "post":
                known = watch.get(item.key, ("0", item.at.timestamp()))
                watch[item.key] = (max(known[0], item.id, key=int), known[1])
        since = (self._api.now() - WATCH_FOR).timestamp()
        young = sorted((at, key) for key, (_, at) in watch.items() if at > since)[-WATCHED:]
        self._cursor.watch = {key: watch[key] for _, key in young}


def further(document: Json) -> str:
    """Where the next page of a list begins; "" after the last."""
    return raw.maybe_text(raw.maybe_object(document, "meta"), "next_token")
