"""What everybody said: by hashtag on every server, by words where the server searches the text of posts."""

from __future__ import annotations

from collections.abc import Sequence

from kikite.networks import raw
from kikite.networks.contract import Delivery, Page, Unreachable, Unreadable, Urgency
from kikite.networks.raw import Json

from .client import Api, Query
from .plaintext import plain
from .polling import status

PAGE = 40  # the most that servers give at once


def search(api: Api, query: str, cursor: str) -> Page:
    """The newest posts that fit, oldest first; with a cursor (the newest post's id) only those after it.

    A hashtag is asked for by its timeline, which every server has; other words by the server's search, which on
    Mastodon knows public posts of those who allow it, and nothing at all where the server was set up without it.
    Raises NetworkTrouble.
    """
    tag = query.strip().removeprefix("#") if query.strip().startswith("#") else ""
    since = {"min_id": cursor} if cursor else {}
    if tag and raw.maybe_id({"tag": tag}, "tag"):
        body = api.read(f"/api/v1/timelines/tag/{tag}", {"limit": PAGE, **since}, Urgency.SEARCHING)
    else:
        asked: Query = {"q": query, "type": "statuses", "limit": PAGE, **since}
        body = _statuses(api.read("/api/v2/search", asked, Urgency.SEARCHING))
    return _page(body, cursor)


def fits(data: Json, queries: Sequence[str]) -> bool:
    """Whether a post holds every word of one of the queries; a hashtag counts as written."""
    text = plain(raw.maybe_text(data, "content")).casefold()
    return any(words and all(word in text for word in words) for words in (one.casefold().split() for one in queries))


def _statuses(body: bytes) -> bytes:
    try:
        return next(text for name, text, _ in raw.members(body) if name == "statuses")
    except (StopIteration, Unreadable) as error:
        raise Unreachable("the server's answer to a search cannot be read") from error


def _page(body: bytes, cursor: str) -> Page:
    found: list[tuple[str, Delivery]] = []
    try:
        for text, data in raw.items(body):
            item = status(text, raw.as_object(data, "an element"))
            found.append((item.id, item.delivery))
    except Unreadable as error:
        raise Unreachable(f"the server's answer to a search cannot be read: {error}") from error
    found.sort(key=lambda one: (len(one[0]), one[0]))
    new = [one for one in found if not cursor or (len(one[0]), one[0]) > (len(cursor), cursor)]
    following = new[-1][0] if new else cursor
    return Page(tuple(delivery for _, delivery in new), following, more=bool(cursor) and len(new) >= PAGE)
