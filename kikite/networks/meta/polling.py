"""Reading an account's lists: its posts with their comments, and its conversations.

Lists come newest first and Graph has none of edits and deletions. So whatever is newer than the last poll (and a
minute more, as nobody promises that a list is complete up to now) is handed over, under keys that make a repetition
harmless; and the newest posts and comments that we were told of are *watched*: one that says something else is handed
over again, one that is gone from its list is asked for by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from kikite.networks.contract import Delivery, Forbidden, Gap, Page, RateLimited, Unreachable, Unreadable
from kikite.networks.raw import Json, maybe_object

from . import graph as api
from .cursor import Cursor
from .graph import Graph
from .reading import dumped, key, likeness, maybe_when, segment, stamp, when

OVERLAP = timedelta(seconds=60)
POSTS, COMMENTS, CONVERSATIONS, MESSAGES = 25, 50, 25, 20  # asked for at once
WATCHED = 100
_FEED_PAGES = 4  # of posts, where the newest page is not enough
_COMMENT_PAGES = 20
_CONVERSATION_PAGES = 4  # in one poll; the next one goes on
_MESSAGE_PAGES = 5

POST, COMMENT, MESSAGE, GONE = "post", "comment", "message", "gone"


@dataclass(frozen=True, slots=True)
class Item:
    """A public post or comment as a list told it."""

    key: str
    at: datetime
    likeness: str
    kind: str
    data: Json


class Source(Protocol):
    """What differs between the networks: where their lists are and what is asked of them."""

    feed: str  # the path of the account's posts
    feed_fields: str  # with the comments in it
    comment_fields: str
    comment_query: api.Fields
    conversations: str
    conversation_query: api.Fields
    message_fields: str
    # No more than these newest messages of a conversation can be had; None: all.
    newest_messages: int | None

    def items(self, post: Json) -> Iterator[Item]:
        """The post and the comments in it. Raises Unreadable."""

    def comment(self, post: str, data: Json) -> Iterator[Item]:
        """A comment, and the answers in it."""

    def look(self, keys: Sequence[str]) -> Iterator[tuple[str, Item | None]]:
        """Posts and comments by their keys; None for one that is gone. Raises NetworkTrouble."""


class Poll:
    """One poll, from `cursor` on."""

    def __init__(self, graph: Graph, source: Source, cursor: str) -> None:
        self._graph = graph
        self._source = source
        self._cursor = Cursor.parse(cursor)
        self._lost: list[Gap] = []

    def page(self) -> Page:
        cursor = self._cursor
        public: list[tuple[datetime, Delivery]] = []
        if cursor.began is None:
            started, cursor.after = datetime.now(UTC), ""
            public = self._public()
            cursor.began = self._graph.there(started)  # by the server's clock, which its answers have told by now
        private = self._private()
        if not cursor.after:
            cursor.since, cursor.began = cursor.began, None
        found = sorted([*public, *private], key=lambda one: one[0])
        return Page(tuple(delivery for _, delivery in found), cursor.dump(), bool(cursor.after), _widest(self._lost))

    @property
    def _border(self) -> datetime | None:
        """What is older was handed over."""
        return self._cursor.since - OVERLAP if self._cursor.since else None

    def _is_new(self, at: datetime) -> bool:
        return self._border is None or at >= self._border

    # --- public ---

    def _public(self) -> list[tuple[datetime, Delivery]]:
        items = list(self._feed())
        watch, now = self._cursor.watch, self._graph.now()
        found = []
        for item in items:
            known = watch.get(item.key)
            if known is not None and known != item.likeness:
                found.append((item.at, delivery(item, noticed=now)))
            elif known is None and self._is_new(item.at):
                found.append((item.at, delivery(item)))
        found += [(now, one) for one in self._vanished({item.key for item in items}, now)]
        self._watch(items)
        return found

    def _feed(self) -> Iterator[Item]:
        query = {"fields": self._source.feed_fields, "limit": str(POSTS)}
        oldest: datetime | None = None
        for posts, after in self._graph.pages(self._source.feed, query, most=_FEED_PAGES):
            for post in posts:
                yield from self._post(post)
                oldest = maybe_when(post, "created_time") or maybe_when(post, "timestamp") or oldest
            if not after or self._border is None or oldest is None or oldest < self._border:
                return
        self._missed(oldest)

    def _post(self, post: Json) -> Iterator[Item]:
        """One post. What cannot be read is left out: it has no id to be kept or watched by."""
        try:
            items = list(self._source.items(post))
        except Unreadable:
            return
        yield from items
        after = api.behind(maybe_object(post, "comments"))
        if after and self._border and items and min(item.at for item in items[1:] or items) >= self._border:
            yield from self._more_comments(items[0].key, after)

    def _more_comments(self, post: str, after: str) -> Iterator[Item]:
        query = {"fields": self._source.comment_fields, "limit": str(COMMENTS), "after": after}
        query |= self._source.comment_query
        oldest = None
        for comments, following in self._graph.pages(f"/{segment(post)}/comments", query, most=_COMMENT_PAGES):
            items = [item for data in comments for item in self._source.comment(post, data)]
            yield from items
            oldest = min((item.at for item in items), default=oldest)
            if not following or oldest is None or not self._is_new(oldest):
                return
        self._missed(oldest)

    def _vanished(self, present: set[str], now: datetime) -> list[Delivery]:
        """What became of watched posts that their lists no longer show. Trouble here only puts it off."""
        missing = [one for one in self._cursor.watch if one not in present]
        try:
            looked = list(self._source.look(missing)) if missing else []
        except (Forbidden, RateLimited, Unreachable):
            return []
        found = []
        for name, item in looked:
            known = self._cursor.watch[name]
            if item is None:
                found.append(gone(name))
                del self._cursor.watch[name]
            elif item.likeness != known:
                found.append(delivery(item, noticed=now))
                self._cursor.watch[name] = item.likeness
        return found

    def _watch(self, items: Iterable[Item]) -> None:
        watch = self._cursor.watch
        for item in sorted(items, key=lambda item: item.at):
            watch[item.key] = item.likeness
        self._cursor.watch = dict(list(watch.items())[-WATCHED:])

    # --- private ---

    def _private(self) -> list[tuple[datetime, Delivery]]:
        cursor, found = self._cursor, list[tuple[datetime, Delivery]]()
        query = {**self._source.conversation_query, "limit": str(CONVERSATIONS)}
        query |= {"after": cursor.after} if cursor.after else {}
        for conversations, after in self._graph.pages(self._source.conversations, query, most=_CONVERSATION_PAGES):
            cursor.after = after
            for conversation in conversations:
                found += self._conversation(conversation)
            last = maybe_when(conversations[-1], "updated_time") if conversations else None
            if self._border is None or last is None or last < self._border:
                cursor.after = ""
                break
        return found

    def _conversation(self, conversation: Json) -> list[tuple[datetime, Delivery]]:
        updated = maybe_when(conversation, "updated_time")
        if updated is not None and not self._is_new(updated):
            return []
        messages = maybe_object(conversation, "messages")
        found = [one for data in _listed(messages) if (one := self._message(data)) is not None]
        if self._border and found and self._is_new(found[-1][0]):
            found += self._before(conversation, found)
        return [one for one in found if self._is_new(one[0])]

    def _before(
        self, conversation: Json, known: Sequence[tuple[datetime, Delivery]]
    ) -> list[tuple[datetime, Delivery]]:
        """Messages before those that the conversation's own list holds, all of which are new."""
        found, newest = list[tuple[datetime, Delivery]](), self._source.newest_messages
        after = api.behind(maybe_object(conversation, "messages"))
        if newest is None and after:
            path = f"/{segment(key(conversation.get('id')))}/messages"
            query = {"fields": self._source.message_fields, "limit": str(MESSAGES), "after": after}
            for messages, following in self._graph.pages(path, query, most=_MESSAGE_PAGES):
                after = following
                found += [one for data in messages if (one := self._message(data)) is not None]
                if not found or not self._is_new(found[-1][0]):
                    return found
        if after or (newest is not None and len(known) >= newest):
            self._missed((found or known)[-1][0])
        return found

    def _message(self, data: Json) -> tuple[datetime, Delivery] | None:
        try:
            return when(data, "created_time"), message(data)
        except Unreadable:
            return None

    def _missed(self, oldest: datetime | None) -> None:
        """There is more behind `oldest` than can be had."""
        if self._cursor.since and oldest and oldest > self._cursor.since:
            self._lost.append(Gap(self._cursor.since, oldest, "more was said than the network lists"))


def _listed(messages: Json) -> list[Json]:
    data = messages.get("data")
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _widest(gaps: Sequence[Gap]) -> Gap | None:
    if not gaps:
        return None
    return Gap(min(gap.since for gap in gaps), max(gap.until for gap in gaps), gaps[0].why)


def delivery(item: Item, noticed: datetime | None = None) -> Delivery:
    """`noticed`: when we saw that it says something else than before; Graph does not tell when that happened."""
    name = f"{item.kind}:{item.key}:{item.likeness}"
    body = {**item.data, "noticed": stamp(noticed) if noticed else ""}
    return Delivery(f"{name}:{stamp(noticed)}" if noticed else name, item.kind, dumped(body))


def refreshed(item: Item, now: datetime) -> Delivery:
    """What was asked for again. What says the same as before goes by the name that it has, and is here already."""
    return Delivery(delivery(item).key, item.kind, dumped({**item.data, "noticed": stamp(now)}))


def message(data: Json) -> Delivery:
    """Raises Unreadable without an id."""
    return Delivery(f"message:{key(data.get('id'))}", MESSAGE, dumped(data))


def gone(name: str) -> Delivery:
    return Delivery(f"remove:{name}", GONE, dumped({"id": name}))


def item(kind: str, data: Json, at: str, **around: object) -> Item:
    """An item of `data` with its time in the field `at`; `around` is what the list told beside it. Raises
    Unreadable."""
    return Item(key(data.get("id")), when(data, at), likeness(data), kind, {kind: data, **around})
