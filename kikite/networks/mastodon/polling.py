"""Reading by asking: what is new, and what became of the posts we know.

Mastodon has no list of edits and deletions, and its stream may tell of edits only to followers of the author. So the
newest posts that we were told of are *watched*: asked for again with every poll. What became of older ones reaches us
only by the stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from kikite.networks import raw
from kikite.networks.contract import Delivery, Page, RateLimited, Unreachable, Unreadable
from kikite.networks.raw import Json

from .client import Api, Query, trouble
from .cursor import Cursor, Lane
from .translate import DELETE, NOTIFICATION, STATUS, version

PAGE = 40  # the most that statuses are given at once; notifications allow more
_FULL = 30  # servers may give less than asked for; so many means that there is more
FIRST_PAGES = 5  # what the first poll reads back, of each list
WATCHED = 60
CHECKED = 20  # the most that `GET /api/v1/statuses` takes at once
SETTLED = timedelta(seconds=60)

# Filtered ones too: by default Mastodon holds back direct messages of people whom an account does not follow.
_NOTIFICATIONS: Query = {"types": ["mention", "quote", "favourite", "reblog"], "include_filtered": "true"}
_STATUSES: Query = {"exclude_reblogs": "true"}


@dataclass(frozen=True, slots=True)
class Item:
    delivery: Delivery
    id: str  # of the notification or status, which the list is numbered by; "" for what cannot be read
    at: datetime
    status: Json | None  # the post in it that is worth watching


type Reader = Callable[[bytes, Json], Item]


class Poll:
    """One poll of account `me`, from `cursor` on."""

    def __init__(self, api: Api, me: str, cursor: str) -> None:
        self._api = api
        self._me = me
        self._cursor = Cursor.parse(cursor)

    def page(self) -> Page:
        cursor = self._cursor
        notes, more_notes = self._lane(cursor.notifications, "/api/v1/notifications", _NOTIFICATIONS, notification)
        own = f"/api/v1/accounts/{self._me}/statuses"
        posts, more_posts = self._lane(cursor.statuses, own, _STATUSES, status)
        more = more_notes or more_posts
        changed = [] if more else self._changed()
        found = sorted([*notes, *posts], key=lambda item: item.at)
        self._watch(found)
        return Page((*(item.delivery for item in found), *changed), cursor.dump(), more)

    def _lane(self, lane: Lane, path: str, query: Query, read: Reader) -> tuple[list[Item], bool]:
        """The lane's next items, oldest first, and whether there are more; moves the lane on."""
        since = lane.reached or lane.base
        if since:
            page = self._get(path, {**query, "min_id": since}, read)
            page.reverse()
        else:
            page = self._newest(path, query, read)
        more = bool(since) and len(page) >= _FULL
        new = [item for item in page if not item.id or item.id not in lane.seen]
        self._advance(lane, page, more)
        return new, more

    def _advance(self, lane: Lane, page: Sequence[Item], more: bool) -> None:
        border = self._api.now() - SETTLED
        known = [item for item in page if item.id]
        settled = [item.id for item in known if item.at <= border]
        if settled:
            lane.base = settled[-1]
        told = dict.fromkeys([*lane.seen, *(item.id for item in known)])
        lane.seen = [one for one in told if _age(one) > _age(lane.base)]
        lane.reached = known[-1].id if more and known else ""

    def _newest(self, path: str, query: Query, read: Reader) -> list[Item]:
        """The newest pages, oldest first: from the start of a list that may go years back, nobody wants to begin."""
        found: list[Item] = []
        while len(found) < FIRST_PAGES * PAGE:
            page = self._get(path, {**query, **({"max_id": found[-1].id} if found else {})}, read)
            found += page
            if len(page) < _FULL or not page[-1].id:
                break
        return found[::-1]

    def _get(self, path: str, query: Query, read: Reader) -> list[Item]:
        body = self._api.read(path, {**query, "limit": str(PAGE)})
        try:
            return [self._item(read, text, data) for text, data in raw.items(body)]
        except Unreadable as error:
            raise Unreachable(f"{path} answers what cannot be read: {error}") from error

    def _item(self, read: Reader, text: bytes, data: object) -> Item:
        """One element. What cannot be read is handed over all the same: it is set aside there, and blocks nothing."""
        try:
            return read(text, raw.as_object(data, "an element"))
        except Unreadable:
            return Item(unread(NOTIFICATION if read is notification else STATUS, text), "", self._api.now(), None)

    def _changed(self) -> list[Delivery]:
        """Edits and deletions of watched posts. Trouble here only puts it off: it must not hold up what is new."""
        before = dict(self._cursor.watch)
        try:
            return self._check()
        except (RateLimited, Unreachable):
            self._cursor.watch = before
            return []

    def _check(self) -> list[Delivery]:
        watch = self._cursor.watch
        changed = []
        for key, delivery, now in refresh(self._api, list(watch)):
            if now != watch[key]:
                changed.append(delivery)
            if now is None:
                del watch[key]
            else:
                watch[key] = now
        return changed

    def _watch(self, found: Iterable[Item]) -> None:
        watch = self._cursor.watch
        for item in found:
            if item.status is not None:
                watch.setdefault(raw.identifier(item.status.get("id")), version(item.status))
        newest = set(sorted(watch, key=_age)[-WATCHED:])
        self._cursor.watch = {key: known for key, known in watch.items() if key in newest}


def _age(key: str) -> tuple[int, str]:
    """Orders ids by when they were given: numbers of any length, or ULIDs."""
    return len(key), key


def notification(text: bytes, data: Json) -> Item:
    key = raw.identifier(data.get("id"))
    post = data.get("status")
    inner = post if isinstance(post, dict) and data.get("type") in ("mention", "quote") else None
    name = ":".join(filter(None, ("notification", key, version(inner) if inner else "")))
    return Item(Delivery(name, NOTIFICATION, text), key, raw.time(data, "created_at"), inner)


def status(text: bytes, data: Json) -> Item:
    key = raw.identifier(data.get("id"))
    name = ":".join(filter(None, ("status", key, version(data))))
    return Item(Delivery(name, STATUS, text), key, raw.time(data, "created_at"), data)


def unread(kind: str, text: bytes) -> Delivery:
    """A delivery that even its id cannot be read of."""
    return Delivery(f"{kind}:{hashlib.sha256(text).hexdigest()}", kind, text)


def deletion(key: str) -> Delivery:
    return Delivery(f"delete:{key}", DELETE, key.encode())


def refresh(api: Api, keys: Sequence[str]) -> Iterator[tuple[str, Delivery, str | None]]:
    """For each post its state now and the version of it; None for one that is gone.

    One that the list leaves out is asked for by itself before it counts as gone: the list is not on every server, and
    nothing is forgotten because of one odd answer. Gone means gone for us: deleted, or no longer shown to us.
    """
    for at in range(0, len(keys), CHECKED):
        some = keys[at : at + CHECKED]
        found = dict(_several(api, some))
        for key in some:
            item = found.get(key) or _single(api, key)
            yield (key, deletion(key), None) if item is None else (key, item.delivery, version(item.status or {}))


def _several(api: Api, keys: Sequence[str]) -> Iterator[tuple[str, Item]]:
    """Those that `GET /api/v1/statuses` gives (Mastodon 4.3); none where the server does not have it."""
    try:
        answer = api.ask("GET", "/api/v1/statuses", query={"id": list(keys)})
        if answer.status == 200:
            for text, data in raw.items(answer.body):
                item = status(text, raw.as_object(data, "an element"))
                yield item.id, item
        elif answer.status not in (400, 404, 405, 422):
            raise trouble(answer)
    except (httpx.TransportError, Unreadable) as error:
        raise Unreachable(str(error)) from error


def _single(api: Api, key: str) -> Item | None:
    try:
        answer = api.ask("GET", f"/api/v1/statuses/{key}")
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise trouble(answer)
        return status(answer.body, raw.parse(answer.body))
    except (httpx.TransportError, Unreadable) as error:
        raise Unreachable(str(error)) from error
