"""Reading over the API: lists and their pages, edits, deletions, private messages, profiles, and what hinders them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kikite.networks.contract import (
    Connection,
    Deletion,
    Delivery,
    Forbidden,
    Incoming,
    Message,
    NetworkTrouble,
    Page,
    RateLimited,
    Unauthorised,
    Unreachable,
    Urgency,
    Visibility,
)
from kikite.networks.x import network
from kikite.networks.x.cursor import Cursor

from .accounts import ACCOUNT
from .conftest import BRAND, Recorded, Scene


def everything(connection: Connection, cursor: str = "") -> tuple[list[Delivery], str]:
    found: list[Delivery] = []
    while True:
        page: Page = connection.poll(cursor)
        found, cursor = [*found, *page.deliveries], page.cursor
        if not page.more:
            return found, cursor


def read(scene: Scene, deliveries: Iterable[Delivery]) -> list[Incoming]:
    return [thing for one in deliveries for thing in network.translate(scene.account, one.kind, one.body)]


def messages(scene: Scene, deliveries: Iterable[Delivery]) -> dict[str, Message]:
    return {thing.key: thing for thing in read(scene, deliveries) if isinstance(thing, Message)}


def test_more_than_a_page(scene: Scene, connection: Connection) -> None:
    _, cursor = everything(connection)
    keys = [scene.post("crowd", f"@{BRAND} number {number}") for number in range(230)]
    scene.post("crowd", "of nobody")
    page = connection.poll(cursor)
    assert page.more and len(page.deliveries) == 100
    rest, after = everything(connection, page.cursor)
    told = [delivery.key for delivery in (*page.deliveries, *rest)]
    assert sorted(told) == sorted(f"post:{key}" for key in keys)
    assert everything(connection, after)[0] == []


def test_an_edit_and_a_deletion(scene: Scene, connection: Connection) -> None:
    key, gone = scene.post("hanako", f"@{BRAND} gate 12"), scene.post("hanako", f"@{BRAND} never mind")
    _, cursor = everything(connection)
    scene.server.admin("PATCH", f"/posts/{key}", text=f"@{BRAND} gate 21")
    scene.server.admin("DELETE", f"/posts/{gone}")
    found, cursor = everything(connection, cursor)
    message = messages(scene, found)[key]
    assert message.text == f"@{BRAND} gate 21" and message.edited_at and message.edited_at > message.at
    assert Deletion(gone) in read(scene, found)
    again, _ = everything(connection, cursor)
    assert again == [], "an edit or a deletion is told once"


def test_refresh(scene: Scene, connection: Connection) -> None:
    stands, edited, gone = (scene.post("taro", f"of nobody {word}") for word in ("a", "b", "c"))
    scene.server.admin("PATCH", f"/posts/{edited}", text="of nobody, better")
    scene.server.admin("DELETE", f"/posts/{gone}")
    found = connection.refresh([stands, edited, gone, "999", "no id"])
    told = messages(scene, found)
    assert told[stands].edited_at is None
    assert told[edited].text == "of nobody, better" and told[edited].edited_at
    assert [thing for thing in read(scene, found) if isinstance(thing, Deletion)] == [Deletion(gone), Deletion("999")]


def test_what_x_says_nothing_of_is_left_alone(scene: Scene) -> None:
    key = scene.post("taro", "of nobody")
    scene.server.admin("POST", "/faults", kind="types", on="read", next=1)
    with scene.open() as connection:
        assert connection.refresh([key]) == ()


def test_answers_and_names(scene: Scene, connection: Connection) -> None:
    _, cursor = everything(connection)
    first = scene.post("hanako", f"@{BRAND} late?")
    second = scene.post("jiro", f"@hanako @{BRAND} mine too", reply_to=first)
    found, _ = everything(connection, cursor)
    told = messages(scene, found)
    assert told[second].reply_to == first and told[second].root == first
    assert set(told[second].names) == {scene.account.key, scene.person("hanako")}
    assert told[first].author.followers is not None and told[first].author.avatar.startswith("http")


def test_a_private_message_names_both(scene: Scene, connection: Connection) -> None:
    _, cursor = everything(connection)
    key = scene.whisper("hanako", "QK7T2M")
    found, _ = everything(connection, cursor)
    message = messages(scene, found)[key]
    assert message.visibility is Visibility.PRIVATE and [one.key for one in message.to] == [scene.account.key]
    assert message.thread == "-".join(sorted((scene.account.key, scene.person("hanako")), key=int))


def test_private_messages_are_spread_over_their_window(scene: Scene, connection: Connection) -> None:
    scene.server.admin("POST", "/limits", endpoint="GET /2/dm_events", user=15, app=0, seconds=900)
    _, cursor = everything(connection)
    rest = Cursor.parse(cursor).dms.rest - datetime.now(UTC).timestamp()
    assert 50 < rest < 75
    asked = [bucket for bucket, _ in scene.meter.asked if bucket.endswith("/dms")]
    scene.meter.asked.clear()
    everything(connection, cursor)
    assert asked and not [bucket for bucket, _ in scene.meter.asked if bucket.endswith("/dms")]


def test_a_list_at_its_limit_does_not_hinder_the_others(scene: Scene) -> None:
    _, cursor = _once(scene)
    key, private = scene.post("hanako", f"@{BRAND} hello"), scene.whisper("hanako", "psst")
    scene.meter.shut = {"dms"}
    with scene.open() as connection:
        found, cursor = everything(connection, cursor)
    assert key in messages(scene, found) and private not in messages(scene, found)
    scene.meter.shut = {"mentions", "own-posts", "dms"}
    with scene.open() as connection, pytest.raises(RateLimited):
        connection.poll("")


def _once(scene: Scene) -> tuple[list[Delivery], str]:
    with scene.open() as connection:
        return everything(connection)


def test_without_the_permission_for_private_messages(scene: Scene) -> None:
    if not scene.server.admin("GET", "/report")["strict"]:
        pytest.skip("the server knows from X's description alone what each request needs, and that is not here")
    token = scene.server.admin(
        "POST", "/tokens", user=scene.account.key, scopes=["tweet.read", "users.read", "offline.access"]
    )
    secrets = {**scene.account.secrets, "access_token": token["access_token"]}
    key = scene.post("hanako", f"@{BRAND} hello")
    with scene.open(replace(scene.account, secrets=secrets)) as connection:
        found, cursor = everything(connection)
    assert key in messages(scene, found)
    assert Cursor.parse(cursor).dms.rest > datetime.now(UTC).timestamp() + 600


def test_mentions_that_may_not_be_read_are_trouble(scene: Scene) -> None:
    """An app whose plan has no mentions: what else comes is kept, but the channel says that it is deaf."""
    _, cursor = _once(scene)
    scene.meter.barred = {"mentions"}
    private = scene.whisper("hanako", "psst")
    with scene.open() as connection:
        page = connection.poll(cursor)
        assert [one.key for one in page.deliveries] == [f"dm:{private}"]
        quiet = Cursor.parse(page.cursor)
        quiet.mentions.rest = 0.0
        with pytest.raises(Forbidden):
            connection.poll(quiet.dump())


def test_urgency_and_charges(scene: Scene, connection: Connection) -> None:
    _, cursor = everything(connection)
    scene.meter.charged.clear()
    key = scene.post("hanako", f"@{BRAND} what does it cost?")
    everything(connection, cursor)
    assert ("post.owned", key) in scene.meter.charged
    assert ("user.read", scene.person("hanako")) in scene.meter.charged
    urgencies, ours = dict(scene.meter.asked), f"user/{scene.account.key}"
    assert urgencies[f"{ours}/posts"] is Urgency.SEARCHING
    assert urgencies[f"{ours}/mentions"] is urgencies[f"{ours}/dms"] is Urgency.CATCHING_UP
    assert scene.meter.budgets[f"user/{scene.account.key}/mentions"].remaining > 0


@pytest.mark.parametrize("kind", ["html", "empty", "half", "error"])
def test_broken_answers_are_trouble_and_nothing_else(scene: Scene, kind: str) -> None:
    _, cursor = _once(scene)
    scene.server.admin("POST", "/faults", kind=kind, on="read", next=0, seconds=30)
    with scene.open() as connection:
        with pytest.raises(NetworkTrouble):
            connection.poll(cursor)
        with pytest.raises(NetworkTrouble):
            connection.search("bag", "")


def test_profiles(scene: Scene, connection: Connection) -> None:
    hanako = scene.person("hanako", followers=77)
    (author,) = connection.profiles([hanako, "4444", "no id"])
    assert (author.key, author.handle, author.followers) == (hanako, "hanako", 77)


def test_search(scene: Scene, connection: Connection) -> None:
    key = scene.post("hanako", "nobody at the quiet counter zebra")
    page = connection.search("counter zebra", "")
    assert [one.key for one in page.deliveries] == [f"post:{key}"]
    (message,) = messages(scene, page.deliveries).values()
    assert message.names == ()
    assert connection.search("counter zebra", page.cursor).deliveries == ()
    later = scene.post("taro", "still nobody at the counter zebra")
    assert [one.key for one in connection.search("counter zebra", page.cursor).deliveries] == [f"post:{later}"]
    with pytest.raises(NetworkTrouble, match="512"):
        connection.search("x" * 513, "")


def test_a_search_that_was_left_alone_for_longer_than_x_remembers(scene: Scene, connection: Connection) -> None:
    key = scene.post("hanako", "lost walrus at gate 9")
    page = connection.search("walrus", "")
    old = json.loads(page.cursor)
    since = datetime.now(UTC) - timedelta(days=10)
    old |= {"read": since.timestamp(), "base": "1", "seen": []}
    again = connection.search("walrus", json.dumps(old))
    assert [one.key for one in again.deliveries] == [f"post:{key}"]
    assert again.gap and abs(again.gap.since - since) < timedelta(seconds=1)


def test_dead_credentials(scene: Scene) -> None:
    dead = replace(scene.account, secrets={**scene.account.secrets, "access_token": "dead"})
    with scene.open(dead) as connection, pytest.raises(Unauthorised):
        connection.poll("")


def test_without_the_apps_token_there_are_no_streams(scene: Scene) -> None:
    bare = replace(scene.account, secrets={k: v for k, v in scene.account.secrets.items() if k != "bearer_token"})
    with scene.open(bare) as connection:
        with pytest.raises(Forbidden, match="bearer token"):
            connection.subscribe("https://desk.example/hooks/1")
        with pytest.raises(Unreachable, match="bearer token"):
            next(connection.stream())
    assert network.able(bare).reads_by == {"poll"} and not network.able(bare).subscribes


def test_the_four_keys_do_as_well(scene: Scene) -> None:
    key = scene.post("hanako", f"@{BRAND} signed, sealed & delivered? 100%")
    with scene.open(scene.keys) as connection:
        assert connection.identify().author.key == scene.account.key
        found, _ = everything(connection)
    assert messages(scene, found)[key].text == f"@{BRAND} signed, sealed & delivered? 100%"


def test_no_server_at_all() -> None:
    with pytest.raises(Unreachable), network.connect(replace(ACCOUNT, base_url="not an address"), meter=Recorded()):
        pass
