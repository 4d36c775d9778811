"""Reading through an app view: a small one that lists, pages and hides as the real one does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kikite.networks.bluesky import network, notifications
from kikite.networks.bluesky.addresses import POST, time_key
from kikite.networks.bluesky.watching import WATCHED, newest
from kikite.networks.contract import Connection, Deletion, Delivery, Message

from .told import THEM, US, Query, Told, told

NOW = datetime.now(UTC)


def uri(did: str, at: datetime) -> str:
    return f"at://{did}/{POST}/{time_key(at)}"


@dataclass
class AppView:
    """Posts by at-uri with the time that they claim; those in `hidden` stand, but are not shown."""

    server: Told
    posts: dict[str, datetime] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name in ("listNotifications", "getPosts", "getProfiles", "listRecords", "getRecord", "getPostThread"):
            self.server.says(name, 200, getattr(self, name))

    def post(self, at: datetime, did: str = THEM, parent: str = "") -> str:
        found = uri(did, at)
        self.posts[found] = at
        if parent:
            self.parents[found] = parent
        return found

    def erase(self, found: str) -> None:
        del self.posts[found]
        self.server.answers["getRecord"] = [(400, {"error": "RecordNotFound"}, {})]

    def record(self, found: str) -> dict[str, Any]:
        reply = {"reply": {"parent": {"uri": self.parents[found]}}} if found in self.parents else {}
        return {"$type": POST, "text": found, "createdAt": self.posts[found].isoformat(), **reply}

    def view(self, found: str) -> dict[str, Any]:
        answers = sum(parent == found for parent in self.parents.values())
        return {
            "uri": found, "cid": "cid", "author": {"did": found.split("/")[2], "handle": "rin.test"},
            "record": self.record(found), "indexedAt": self.posts[found].isoformat(), "replyCount": answers,
        }  # fmt: skip

    def listNotifications(self, query: Query) -> Any:
        before = query.get("cursor", ["9999"])[0]
        told = [one for one in self.posts if THEM in one and one not in self.parents and one not in self.hidden]
        listed = sorted((self.posts[one].isoformat(), one) for one in told)
        page = [one for one in reversed(listed) if one[0] < before][: int(query["limit"][0])]
        body = {"notifications": [{**self.view(one), "reason": "mention"} for _, one in page]}
        return body | ({"cursor": page[-1][0]} if page else {})

    def getPosts(self, query: Query) -> Any:
        return {"posts": [self.view(one) for one in query["uris"] if one in self.posts and one not in self.hidden]}

    def getProfiles(self, query: Query) -> Any:
        return {"profiles": [{"did": did, "handle": "rin.test", "followersCount": 7} for did in query["actors"]]}

    def listRecords(self, query: Query) -> Any:
        own = sorted((one for one in self.posts if US in one), reverse=True)
        rest = [one for one in own if one.rpartition("/")[2] < query.get("cursor", ["z"])[0]][: int(query["limit"][0])]
        records = [{"uri": one, "cid": "cid", "value": self.record(one)} for one in rest]
        return {"records": records} | ({"cursor": rest[-1].rpartition("/")[2]} if rest else {})

    def getRecord(self, query: Query) -> Any:
        found = f"at://{query['repo'][0]}/{POST}/{query['rkey'][0]}"
        return {"uri": found, "cid": "cid", "value": self.record(found)}

    def getPostThread(self, query: Query) -> Any:
        answers = [one for one, parent in self.parents.items() if parent == query["uri"][0] and one in self.posts]
        return {"thread": {"replies": [{"post": self.view(one)} for one in answers]}}


@pytest.fixture
def app_view(server: Told) -> AppView:
    return AppView(server)


def keys(app_view: AppView, deliveries: tuple[Delivery, ...]) -> list[str]:
    """What was told, a deletion with a minus before it."""
    found = []
    for one in deliveries:
        for thing in network.translate(app_view.server.account(), one.kind, one.body):
            assert isinstance(thing, Message | Deletion)
            found.append("-" * isinstance(thing, Deletion) + thing.key)
    return found


def polled(app_view: AppView, connection: Connection, cursor: str) -> tuple[list[str], str]:
    """All pages of one look."""
    found: list[str] = []
    for _ in range(50):
        page = connection.poll(cursor)
        found, cursor = found + keys(app_view, page.deliveries), page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("a look without an end")


def test_first_the_newest_page_and_then_only_news(app_view: AppView) -> None:
    old = [app_view.post(NOW - timedelta(days=30) - timedelta(minutes=200 - number)) for number in range(150)]
    own = app_view.post(NOW - timedelta(days=3), US)
    with app_view.server.connected() as connection:
        first, cursor = polled(app_view, connection, "")
        assert first == [own, *old[50:]]
        new, answer = app_view.post(NOW), app_view.post(NOW, US)
        second, cursor = polled(app_view, connection, cursor)
        assert second[0] == answer and second[-1] == new and set(second[1:-1]) <= set(old)
        assert set(polled(app_view, connection, cursor)[0]) <= set(old)


def test_the_first_look_tells_the_whole_last_day(app_view: AppView) -> None:
    day = [app_view.post(NOW - timedelta(minutes=250 - number)) for number in range(250)]
    with app_view.server.connected() as connection:
        assert sorted(polled(app_view, connection, "")[0]) == day


def test_long_away(app_view: AppView) -> None:
    app_view.post(NOW - timedelta(days=9))
    with app_view.server.connected() as connection:
        _, cursor = polled(app_view, connection, "")
        away = [app_view.post(NOW - timedelta(minutes=1000 - number)) for number in range(350)]
        ours = [app_view.post(NOW - timedelta(minutes=1000 - number), US) for number in range(120)]
        assert set(polled(app_view, connection, cursor)[0]) >= {*away, *ours}


def test_a_slow_clock_is_heard(app_view: AppView) -> None:
    app_view.post(NOW)
    with app_view.server.connected() as connection:
        _, cursor = polled(app_view, connection, "")
        late = app_view.post(NOW - timedelta(minutes=9))
        found, cursor = polled(app_view, connection, cursor)
        assert found == [late]
        assert polled(app_view, connection, cursor)[0] == []


def test_a_very_slow_clock_is_heard_within_the_hour(app_view: AppView, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(150):
        app_view.post(NOW - timedelta(seconds=number))
        app_view.post(NOW - timedelta(hours=1, minutes=number))
    with app_view.server.connected() as connection:
        _, cursor = polled(app_view, connection, "")
        late = app_view.post(NOW - timedelta(hours=20))
        assert late not in polled(app_view, connection, cursor)[0]
        monkeypatch.setattr(notifications, "DEEP_EVERY", timedelta(0))
        assert late in polled(app_view, connection, cursor)[0]


def test_a_post_that_was_taken_back(app_view: AppView) -> None:
    stays, goes = app_view.post(NOW - timedelta(minutes=2)), app_view.post(NOW - timedelta(minutes=1))
    with app_view.server.connected() as connection:
        found, cursor = polled(app_view, connection, "")
        assert found == [stays, goes]
        app_view.erase(goes)
        found, cursor = polled(app_view, connection, cursor)
        assert found == ["-" + goes]
        assert polled(app_view, connection, cursor)[0] == []


def test_a_post_that_is_only_hidden_from_us_still_stands(app_view: AppView) -> None:
    post = app_view.post(NOW)
    with app_view.server.connected() as connection:
        _, cursor = polled(app_view, connection, "")
        app_view.hidden.add(post)
        assert polled(app_view, connection, cursor)[0] == []


def test_an_author_who_goes_on_below_their_own_post(app_view: AppView) -> None:
    post = app_view.post(NOW - timedelta(minutes=5))
    with app_view.server.connected() as connection:
        _, cursor = polled(app_view, connection, "")
        more = app_view.post(NOW - timedelta(minutes=4), parent=post)
        app_view.post(NOW - timedelta(minutes=4), "did:plc:bystander", parent=post)
        found, cursor = polled(app_view, connection, cursor)
        assert found == [more]
        still_more = app_view.post(NOW - timedelta(minutes=3), parent=more)
        found, cursor = polled(app_view, connection, cursor)
        assert found == [still_more]
        assert polled(app_view, connection, cursor)[0] == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.integers(0, 540), max_size=60), min_size=1, max_size=5))
def test_nothing_is_missed_however_late_it_claims_to_be(looks: list[list[int]]) -> None:
    """Each number is a post that claims to be so many seconds old; the lists stand between two looks."""
    with told() as server:
        app_view = AppView(server)
        app_view.post(NOW - timedelta(hours=1))
        heard: list[str] = []
        with server.connected() as connection:
            _, cursor = polled(app_view, connection, "")
            for number, ages in enumerate(looks):
                for age in ages:
                    app_view.post(NOW + timedelta(seconds=number) - timedelta(seconds=age))
                found, cursor = polled(app_view, connection, cursor)
                heard += found
        assert {one for one, at in app_view.posts.items() if at > NOW - timedelta(minutes=30)} <= set(heard)


@pytest.mark.parametrize(
    "cursor", ["", "x", "[]", "{}", '{"seq": 5, "at": ""}', '{"watch": {"a": "b"}}', '{"watch": 5}']
)
def test_a_strange_cursor_is_the_beginning(app_view: AppView, cursor: str) -> None:
    post = app_view.post(NOW)
    with app_view.server.connected() as connection:
        assert polled(app_view, connection, cursor)[0] == [post]


def test_the_watch_keeps_the_newest_and_fits_a_cursor() -> None:
    names = [f"did:plc:{'x' * 24}/{time_key(NOW + timedelta(seconds=number))}" for number in range(400)]
    watch = newest({}, names)
    assert list(watch) == names[-WATCHED:]
    assert len(str(notifications.Cursor(watch=watch))) < 12_000


def test_what_the_app_view_tells_is_kept_whole(app_view: AppView) -> None:
    app_view.post(NOW)
    with app_view.server.connected() as connection:
        (delivery,) = connection.poll("").deliveries
    body = json.loads(delivery.body)
    assert (delivery.kind, body["notification"]["reason"], body["profile"]["followersCount"]) == (
        "notification",
        "mention",
        7,
    )
    assert body["post"]["replyCount"] == 0


def test_a_stream_looks_again_and_says_nothing_twice(app_view: AppView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kikite.networks.bluesky.reading.LOOK", 0.01)
    first = app_view.post(NOW - timedelta(minutes=1))
    with app_view.server.connected() as connection:
        stream = connection.stream()
        assert next(stream) is None
        told_first = next(stream)
        assert told_first is not None and keys(app_view, (told_first,)) == [first]
        assert [next(stream) for _ in range(5)] == [None] * 5
        second = app_view.post(NOW)
        told_second = next(one for one in stream if one is not None)
        assert keys(app_view, (told_second,)) == [second]
