"""Searching: every post once, newest first, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kikite.networks.bluesky import network
from kikite.networks.contract import Connection, Message, Unreachable

from .told import THEM, Query, Told

NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
PAGE = 3


def found(number: int) -> dict[str, Any]:
    """Post `number`, said that many minutes after noon."""
    at = (NOON + timedelta(minutes=number)).isoformat()
    record = {"text": f"bag {number}", "createdAt": at}
    uri = f"at://{THEM}/app.bsky.feed.post/3k{number:04}"
    return {
        "uri": uri,
        "cid": f"c{number}",
        "author": {"did": THEM, "handle": "rin.test"},
        "record": record,
        "indexedAt": at,
    }


class Index:
    """The app view's search over what was said so far."""

    def __init__(self, server: Told) -> None:
        self.posts: list[int] = []
        server.says("searchPosts", 200, self.answer)

    def answer(self, query: Query) -> dict[str, Any]:
        assert query["sort"] == ["latest"]
        since = query.get("since", [""])[0]
        newest = [number for number in sorted(self.posts, reverse=True) if found(number)["indexedAt"] >= since]
        at = int(query.get("cursor", ["0"])[0])
        more = {"cursor": str(at + PAGE)} if at + PAGE < len(newest) else {}
        return {"posts": [found(number) for number in newest[at : at + PAGE]]} | more


@pytest.fixture
def index(server: Told) -> Index:
    return Index(server)


def searched(connection: Connection, cursor: str) -> tuple[list[str], str]:
    keys: list[str] = []
    more = True
    while more:
        page = connection.search("bag", cursor)
        keys, cursor, more = [*keys, *(one.key for one in page.deliveries)], page.cursor, page.more
    return keys, cursor


def test_every_post_once_and_what_is_new(server: Told, index: Index) -> None:
    with server.connected() as connection:
        index.posts = list(range(5))
        first, cursor = searched(connection, "")
        assert len(set(first)) == len(first) == 5
        index.posts += [40, 41]
        second, cursor = searched(connection, cursor)
        assert {key for key in second if key not in first} == {f"create {found(n)['uri']} c{n}" for n in (40, 41)}


def test_a_search_for_everything_ends(server: Told, index: Index) -> None:
    index.posts = list(range(100))
    with server.connected() as connection:
        first, cursor = searched(connection, "")
        assert len(first) == 9
        assert len(searched(connection, cursor)[0]) == 9
    assert "since" in server.asked[-1].query


def test_a_slow_post_is_found_later(server: Told, index: Index) -> None:
    index.posts = [30]
    with server.connected() as connection:
        _, cursor = searched(connection, "")
        index.posts.append(25)  # its author's clock is slow, or the index was
        assert f"create {found(25)['uri']} c25" in searched(connection, cursor)[0]


def test_what_is_found_is_a_message(server: Told, index: Index) -> None:
    index.posts = [1]
    with server.connected() as connection:
        (delivery,) = connection.search("bag", "rubbish").deliveries
    (message,) = network.translate(server.account(), delivery.kind, delivery.body)
    assert isinstance(message, Message)
    assert (message.text, message.author.handle) == ("bag 1", "rin.test")


def test_a_server_that_will_not_search(server: Told) -> None:
    server.says("searchPosts", 403, {"error": "Forbidden", "message": "log in"})
    with server.connected() as connection, pytest.raises(Unreachable, match="log in"):
        connection.search("bag", "")
