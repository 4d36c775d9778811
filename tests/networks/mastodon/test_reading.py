"""Reading a real server: everything once, oldest first, edits and deletions too, and whatever else happens there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kikite.networks.base import UNMETERED
from kikite.networks.contract import Deletion, Delivery, Message, Page, Reaction, Unauthorised, Unreachable
from kikite.networks.mastodon import network, polling
from kikite.networks.mastodon.client import Api
from kikite.networks.mastodon.connection import MastodonConnection
from kikite.networks.mastodon.cursor import Cursor, Lane
from tests.contract.mastodon_stage import MastodonStage
from tests.servers.mastodon import BRAND

from .canned import ME, Canned


@pytest.fixture(scope="module")
def stage() -> Iterator[MastodonStage]:
    stage = MastodonStage()
    yield stage
    stage.close()


class Channel:
    """What was kept of one channel, by the keys of the deliveries."""

    def __init__(self, stage: MastodonStage) -> None:
        self.stage = stage
        self.cursor = ""
        self.kept: dict[str, Delivery] = {}
        self.read()

    def read(self) -> list[Any]:
        """Poll until there is no more; returns what was new, translated."""
        new = [delivery for page in self.pages() for delivery in page.deliveries if delivery.key not in self.kept]
        self.kept |= {delivery.key: delivery for delivery in new}
        account = self.stage.account
        return [thing for one in new for thing in network.translate(account, one.kind, one.body)]

    def pages(self) -> Iterator[Page]:
        with network.connect(self.stage.account) as connection:
            more = True
            while more:
                page = connection.poll(self.cursor)
                self.cursor, more = page.cursor, page.more
                yield page


@pytest.fixture
def channel(stage: MastodonStage) -> Channel:
    return Channel(stage)


def test_more_than_a_page_comes_whole_and_in_order(stage: MastodonStage, channel: Channel) -> None:
    keys = [stage.post("counter", f"number {n}") for n in range(95)]
    messages = channel.read()
    assert [message.key for message in messages] == keys
    assert channel.read() == []


def test_the_first_poll_begins_with_the_newest_and_not_years_ago(stage: MastodonStage) -> None:
    newest = stage.post("latecomer", "the newest")
    with network.connect(stage.account) as connection:
        page = connection.poll("")
    assert 0 < len(page.deliveries) <= 400
    assert not page.more
    assert any(newest.encode() in delivery.body for delivery in page.deliveries)


def test_nothing_is_handed_over_twice_while_it_is_still_fresh(stage: MastodonStage, channel: Channel) -> None:
    stage.post("impatient", "hello?")
    assert len(channel.read()) == 1
    assert [page.deliveries for page in channel.pages()] == [()]


@pytest.mark.parametrize("cursor", ["garbage", "{}", "[]", "null", '{"n":1,"s":2,"w":3}', "[" * 5000, "7"])
def test_a_cursor_that_is_none_begins_anew(stage: MastodonStage, cursor: str) -> None:
    with network.connect(stage.account) as connection:
        assert {one.key for one in connection.poll(cursor).deliveries} == {
            one.key for one in connection.poll("").deliveries
        }


def test_a_cursor_survives_itself() -> None:
    cursor = Cursor(watch={"1": "", "2": "2026-11-20T19:01:02.345Z"})
    cursor.notifications.base = "77"
    cursor.statuses.seen = ["5", "6"]
    assert Cursor.parse(cursor.dump()) == cursor


def test_what_was_handed_over_is_remembered_beyond_the_page_that_is_read(stage: MastodonStage) -> None:
    """More than a page is new when its first rows settle: the rows behind that page are still known."""
    keys = [str(number) for number in range(101, 151)]
    poll, now = polling.Poll(Api(stage.account, 5.0, lambda _: None, UNMETERED), ME, ""), datetime.now(UTC)
    ages = {key: timedelta(seconds=90 if key < "106" else 1) for key in keys[:40]}
    lane = Lane(base="100", seen=list(keys))
    poll._advance(lane, [polling.Item(polling.deletion(key), key, now - ages[key], None) for key in ages], True)
    assert (lane.base, lane.reached, lane.seen) == ("105", "140", keys[5:])


def test_edits_and_deletions_are_found_by_asking_again(stage: MastodonStage, channel: Channel) -> None:
    first, second = stage.post("editor", "gate 12"), stage.post("editor", "gate 13")
    channel.read()
    stage.edit("editor", first, "gate 21")
    stage.erase("editor", second)
    edited, deleted = sorted(channel.read(), key=lambda thing: isinstance(thing, Deletion))
    assert edited.key == first and "gate 21" in edited.text and edited.edited_at
    assert deleted == Deletion(second)
    assert channel.read() == []


def test_a_second_edit_is_another_version(stage: MastodonStage, channel: Channel) -> None:
    key = stage.post("editor", "seat 1")
    channel.read()
    for text in ("seat 2", "seat 3"):
        stage.edit("editor", key, text)
        (message,) = channel.read()
        assert text in message.text


def test_our_own_posts_from_elsewhere_and_their_end(stage: MastodonStage, channel: Channel) -> None:
    elsewhere: Any = stage._client(stage.server.token(BRAND))
    post = elsewhere.status_post("Good morning from the app")
    (message,) = channel.read()
    assert message.author.key == stage.account.key and message.text == "Good morning from the app"
    elsewhere.status_delete(post.id)
    assert channel.read() == [Deletion(str(post.id))]


def test_reactions(stage: MastodonStage, channel: Channel) -> None:
    elsewhere: Any = stage._client(stage.server.token(BRAND))
    post = elsewhere.status_post("We fly again")
    fan = stage._person("fan")
    fan.status_favourite(post.id)
    fan.status_reblog(post.id)
    things = channel.read()
    assert {(thing.kind, thing.message) for thing in things if isinstance(thing, Reaction)} == {
        ("favourite", str(post.id)),
        ("reblog", str(post.id)),
    }


def test_a_stranger_whom_the_accounts_filters_hold_back_is_read(stage: MastodonStage, channel: Channel) -> None:
    """Mastodon's own default holds back direct messages of people whom the account does not follow."""
    settings: Any = stage._client(stage.server.token(BRAND))
    settings.update_notifications_policy(for_private_mentions="filter")
    try:
        key = stage.whisper("stranger", "Nobody would ever see this")
        assert [message.key for message in channel.read()] == [key]
    finally:
        settings.update_notifications_policy(for_private_mentions="accept")


def test_cleared_notifications_delete_nothing(stage: MastodonStage, channel: Channel) -> None:
    stage.post("tidy", "still here")
    channel.read()
    elsewhere: Any = stage._client(stage.server.token(BRAND))
    elsewhere.notifications_clear()
    assert channel.read() == []


def test_the_state_of_single_posts(stage: MastodonStage) -> None:
    kept, gone = stage.post("asker", "one"), stage.post("asker", "two")
    stage.erase("asker", gone)
    with network.connect(stage.account) as connection:
        assert isinstance(connection, MastodonConnection)
        here, away = connection.refresh([kept, gone])
    assert (here.kind, away.key) == ("status", f"delete:{gone}")


def test_a_slow_commit_is_not_skipped(server: Canned) -> None:
    """Servers number rows before others can see them: 12 is visible first, then 11."""
    notifications = "GET /api/v1/notifications"
    server.answer(f"GET /api/v1/accounts/{ME}/statuses", 200, [])
    server.answer(notifications, 200, [note("12", 5), note("10", 3600)])
    keys, cursor = poll(server, "")
    assert keys == ["notification:10", "notification:12"]
    server.answer(notifications, 200, [note("12", 5), note("11", 6)])
    keys, cursor = poll(server, cursor)
    assert keys == ["notification:11"]
    assert "min_id=10" in [asked for asked, _, _ in server.asked if "notifications" in asked][-1]


def test_what_cannot_be_read_is_handed_over_and_blocks_nothing(server: Canned) -> None:
    server.answer(f"GET /api/v1/accounts/{ME}/statuses", 200, [])
    body = b'[ {"id":"3","created_at":"never"}, 7 ,' + json.dumps(note("2", 3600)).encode() + b"]"
    server.answer("GET /api/v1/notifications", 200, body)
    with network.connect(server.account()) as connection:
        page = connection.poll("")
    assert {one.body for one in page.deliveries} >= {b'{"id":"3","created_at":"never"}', b"7"}
    assert len(page.deliveries) == 3
    assert json.loads(page.cursor)["n"]["base"] == "2"


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[{}", b"\xff", b"[" * 100_000, b"[1 2]"])
def test_what_is_no_list_is_the_servers_trouble(server: Canned, body: bytes) -> None:
    server.answer("GET /api/v1/notifications", 200, body)
    with network.connect(server.account()) as connection, pytest.raises(Unreachable):
        connection.poll("")


def test_the_raw_body_is_kept_to_the_byte(server: Canned) -> None:
    raw = b'{"id":"2",  "type":"mention","created_at" : "2026-11-20T18:25:43.511Z","x":"\xe3\x82\xad\\u30ad","n":1.50}'
    server.answer(f"GET /api/v1/accounts/{ME}/statuses", 200, [])
    server.answer("GET /api/v1/notifications", 200, b" [\n" + raw + b" ]")
    with network.connect(server.account()) as connection:
        (delivery,) = connection.poll("").deliveries
    assert delivery.body == raw


def test_trouble_with_old_posts_does_not_hold_up_new_ones(server: Canned) -> None:
    server.answer(f"GET /api/v1/accounts/{ME}/statuses", 200, [])
    server.answer("GET /api/v1/notifications", 200, [note("2", 3600)])
    server.answer("GET /api/v1/statuses", 429, {"error": "Too many requests"})
    cursor = Cursor(watch={"900": ""}).dump()
    keys, cursor = poll(server, cursor)
    assert keys == ["notification:2"]
    assert "900" in Cursor.parse(cursor).watch


def test_servers_without_the_list_of_posts_are_asked_one_by_one(server: Canned) -> None:
    server.answer(f"GET /api/v1/accounts/{ME}/statuses", 200, [])
    server.answer("GET /api/v1/notifications", 200, [])
    edited = {"id": "900", "created_at": "2026-11-20T18:25:43Z", "edited_at": "2026-11-20T19:00:00Z"}
    server.answer("GET /api/v1/statuses/900", 200, edited)
    keys, cursor = poll(server, Cursor(watch={"900": "", "901": ""}).dump())
    assert keys == ["status:900:2026-11-20T19:00:00Z", "delete:901"]
    assert Cursor.parse(cursor).watch == {"900": "2026-11-20T19:00:00Z"}


def note(key: str, seconds_ago: int) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return {"id": key, "type": "follow", "created_at": at.isoformat()}


def poll(server: Canned, cursor: str) -> tuple[list[str], str]:
    with network.connect(server.account()) as connection:
        page = connection.poll(cursor)
    return [one.key for one in page.deliveries], page.cursor


# --- the stream ---


def until(stage: MastodonStage, key: str, stream: Iterator[Delivery | None]) -> list[Any]:
    """What the stream tells, up to the message `key`. The stage's heartbeats are twice a second."""
    things: list[Any] = []
    for _, delivery in zip(range(200), stream, strict=False):
        if delivery is not None:
            things += network.translate(stage.account, delivery.kind, delivery.body)
        if any(isinstance(thing, Message) and thing.key == key for thing in things):
            return things
    raise AssertionError(f"{key} did not come")


def test_the_stream_tells_what_is_ours_and_nothing_else(stage: MastodonStage) -> None:
    elsewhere: Any = stage._client(stage.server.token(BRAND))
    friend = stage._person("friend")
    elsewhere.account_follow(friend.account_verify_credentials().id)
    with network.connect(stage.account) as connection:
        stream = connection.stream()
        assert next(stream) is None
        friend.status_post("My lunch, for my followers")
        ours = str(elsewhere.status_post("Ours, from the app").id)
        asked = str(friend.status_post(f"@{BRAND} and now a question").id)
        stage.edit("friend", asked, "and now another question")
        last = stage.post("passer_by", "the last")
        things = until(stage, last, stream)
    assert {thing.key for thing in things} == {ours, asked, last}
    assert any(thing.edited_at and "another question" in thing.text for thing in things)


def test_deletions_on_the_stream(stage: MastodonStage) -> None:
    elsewhere: Any = stage._client(stage.server.token(BRAND))
    post = elsewhere.status_post("Too soon")
    with network.connect(stage.account) as connection:
        stream = connection.stream()
        next(stream)
        elsewhere.status_delete(post.id)
        things = until(stage, stage.post("passer_by", "after that"), stream)
    assert Deletion(str(post.id)) in things


def test_a_stream_that_breaks(stage: MastodonStage) -> None:
    with network.connect(stage.account) as connection:
        stream = connection.stream()
        next(stream)
        stage.stop()
        try:
            with pytest.raises(Unreachable):
                for _ in zip(range(200), stream, strict=False):
                    pass
        finally:
            stage.start()


def test_a_stream_with_a_dead_token(stage: MastodonStage) -> None:
    account = replace(stage.account, secrets={"access_token": "nobody"})
    with network.connect(account) as connection, pytest.raises(Unauthorised):
        next(connection.stream())


@pytest.mark.parametrize("settings", [{"streaming": ""}, {}, {"streaming": "https://"}])
def test_no_stream(server: Canned, settings: dict[str, object]) -> None:
    with network.connect(server.account(**settings)) as connection, pytest.raises(Unreachable):
        next(connection.stream())


def test_a_page_for_people_is_no_stream(server: Canned) -> None:
    server.answer("GET /api/v1/streaming/user", 200, b"<html>", Content_Type="text/html")
    with network.connect(server.account()) as connection, pytest.raises(Unreachable, match="no streaming"):
        next(connection.stream())


def test_an_unreadable_event_is_handed_over(server: Canned) -> None:
    body = b'event: notification\ndata: {"id":7\n\nevent: update\ndata: []\n\nevent: filters_changed\ndata: 1\n\n'
    server.answer("GET /api/v1/streaming/user", 200, body, Content_Type="text/event-stream")
    with network.connect(server.account()) as connection:
        stream = connection.stream()
        told = [next(stream) for _ in range(4)]
        with pytest.raises(Unreachable, match="closed"):
            next(stream)
    assert told[0] is None and told[3] is None
    assert [(one.kind, one.body) for one in told if one] == [("notification", b'{"id":7'), ("status", b"[]")]
