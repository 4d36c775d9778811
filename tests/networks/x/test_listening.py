"""Being told: webhooks with their subscriptions and replay, the activity stream, and the filtered stream."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from kikite.networks.contract import (
    Connection,
    Delivery,
    Forbidden,
    Incoming,
    Message,
    NetworkTrouble,
    Revoked,
    Unreachable,
)
from kikite.networks.x import network
from kikite.networks.x.subscribing import EVENTS
from tests.contract.catching import Catcher

from .conftest import BRAND, Scene

PATIENCE = 15.0


def until(seen: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := seen()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)
    return found


@pytest.fixture
def hook(scene: Scene) -> Iterator[Catcher]:
    catcher = Catcher(lambda query: network.handshake(scene.account, query))
    yield catcher
    catcher.close()


@pytest.fixture
def subscribed(scene: Scene, hook: Catcher) -> Iterator[dict[str, object]]:
    with scene.open() as connection:
        told = dict(connection.subscribe(hook.address))
    yield told
    with scene.open(replace(scene.account, settings={**scene.account.settings, "webhook": told})) as connection:
        connection.unsubscribe()


def heard(scene: Scene, hook: Catcher) -> list[Delivery]:
    return [one for headers, body in hook.calls() for one in network.receive(scene.account, headers, body)]


def things(scene: Scene, deliveries: list[Delivery]) -> list[Incoming]:
    return [thing for one in deliveries for thing in network.translate(scene.account, one.kind, one.body)]


def listed(scene: Scene, path: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {scene.account.secrets['bearer_token']}"}
    return list(httpx.get(f"{scene.server.url}{path}", headers=headers).json().get("data", []))


def test_what_a_webhook_brings(scene: Scene, hook: Catcher, subscribed: dict[str, object]) -> None:
    key = scene.post("hanako", f"@{BRAND} where is my bag?")
    private = scene.whisper("hanako", "QK7T2M")
    sealed = str(scene.server.admin("POST", "/sealed", author="hanako", to=BRAND)["id"])
    until(lambda: len(hook.calls()) >= 3, "the calls")
    found = heard(scene, hook)
    assert {one.key for one in found} == {f"post:{key}", f"dm:{private}", f"chat:{sealed}"}
    assert {one.account for one in found} == {scene.account.key}
    told = {thing.key: thing for thing in things(scene, found) if isinstance(thing, Message)}
    with scene.open() as connection:
        polled = things(scene, list(connection.poll("").deliveries))
    same = {thing.key: thing for thing in polled if isinstance(thing, Message)}
    assert told[key] == same[key]
    # Lists of private messages tell little of whom they go to.
    assert replace(told[private], to=()) == replace(same[private], to=())
    assert [one.key for one in told[private].to] == [one.key for one in same[private].to]
    assert told[sealed].sealed and told[sealed].thread == told[private].thread and told[sealed].text == ""
    assert told[sealed].url.endswith(f"recipient_id={scene.person('hanako')}")


def test_subscribing_again_changes_nothing(scene: Scene, hook: Catcher, subscribed: dict[str, object]) -> None:
    before = listed(scene, "/2/activity/subscriptions")
    assert {one["event_type"] for one in before} == set(EVENTS)
    with scene.open() as connection:
        assert connection.subscribe(hook.address)["webhook"] == subscribed["webhook"]
    assert listed(scene, "/2/activity/subscriptions") == before


def test_unsubscribing(scene: Scene, hook: Catcher) -> None:
    with scene.open() as connection:
        told = connection.subscribe(hook.address)
    account = replace(scene.account, settings={**scene.account.settings, "webhook": told})
    for _ in range(2):
        with scene.open(account) as connection:
            connection.unsubscribe()
    assert listed(scene, "/2/webhooks") == [] and listed(scene, "/2/activity/subscriptions") == []


def test_what_was_missed_is_told_again(scene: Scene, hook: Catcher, subscribed: dict[str, object]) -> None:
    key = scene.post("hanako", f"@{BRAND} missed?")
    until(hook.calls, "the first call")
    count = len(hook.calls())
    earlier = (datetime.now(UTC) - timedelta(hours=30)).isoformat()
    with scene.open(
        replace(scene.account, settings={"webhook": {**subscribed, "subscribed_at": earlier}})
    ) as connection:
        connection.subscribe(hook.address)
    until(lambda: len(hook.calls()) > count, "the replay")
    assert heard(scene, hook)[-1].key == f"post:{key}"
    count = len(hook.calls())
    with scene.open(replace(scene.account, settings={"webhook": subscribed})) as connection:
        connection.subscribe(hook.address)
    time.sleep(0.3)
    assert len(hook.calls()) == count, "nothing was missed, nothing is told again"


def test_an_address_that_does_not_answer_rightly(scene: Scene) -> None:
    stranger = replace(scene.account, secrets={**scene.account.secrets, "consumer_secret": "another app's"})
    catcher = Catcher(lambda query: network.handshake(stranger, query))
    try:
        with scene.open() as connection, pytest.raises(NetworkTrouble, match="CrcValidationFailed"):
            connection.subscribe(catcher.address)
    finally:
        catcher.close()


def test_events_without_their_permission_are_left_out(scene: Scene, hook: Catcher) -> None:
    scopes = ["tweet.read", "users.read", "offline.access"]
    token = scene.server.admin("POST", "/tokens", user=scene.account.key, scopes=scopes)["access_token"]
    account = replace(scene.account, secrets={**scene.account.secrets, "access_token": token})
    with scene.open(account) as connection:
        told = connection.subscribe(hook.address)
    kinds = {one["event_type"] for one in listed(scene, "/2/activity/subscriptions")}
    assert kinds == {one for one in EVENTS if one.startswith("post.")}
    with scene.open(replace(account, settings={"webhook": told})) as connection:
        connection.unsubscribe()


def test_access_taken_back(scene: Scene, hook: Catcher, subscribed: dict[str, object]) -> None:
    scene.server.admin("POST", "/revoked", user=scene.account.key)
    until(hook.calls, "the call")
    (delivery,) = heard(scene, hook)
    assert delivery.account == scene.account.key
    assert isinstance(things(scene, [delivery])[0], Revoked)


class Following:
    """Reads a stream in a thread of its own, until the connection is closed."""

    def __init__(self, scene: Scene, start: Callable[[Connection], Iterator[Delivery | None]]) -> None:
        self.found: list[Delivery | None] = []
        self.ended: NetworkTrouble | None = None
        self._stop = threading.Event()
        self._scene, self._start = scene, start
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        until(lambda: self.found or self.ended, "the stream")

    def _run(self) -> None:
        with self._scene.open() as connection:
            try:
                for one in self._start(connection):
                    self.found.append(one)
                    if self._stop.is_set():
                        return
            except NetworkTrouble as trouble:
                self.ended = trouble

    @property
    def deliveries(self) -> list[Delivery]:
        return [one for one in self.found if one]

    def close(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def test_the_activity_stream(scene: Scene) -> None:
    following = Following(scene, lambda connection: connection.stream())
    assert following.found[0] is None, "first it is said that X has let us in"
    try:
        other = scene.server.admin("POST", "/accounts", username="OtherBrand")
        key = scene.post("hanako", f"@{BRAND} and @OtherBrand live")
        until(lambda: following.deliveries, "the post")
        assert [one.key for one in following.deliveries] == [f"post:{key}"]
        assert {one.account for one in following.deliveries} == {scene.account.key} != {other["id"]}
        until(lambda: following.found.count(None) >= 2, "a sign of life")
    finally:
        following.close()


def test_one_stream_is_all_that_an_app_has(scene: Scene) -> None:
    first = Following(scene, lambda connection: connection.stream())
    try:
        second = Following(scene, lambda connection: connection.stream())
        assert isinstance(second.ended, Unreachable), second.ended
    finally:
        first.close()


def test_the_filtered_stream(scene: Scene) -> None:
    following = Following(scene, lambda connection: connection.listen(["gondola", '"check-in counter"']))
    try:
        key = scene.post("taro", "nobody at the check-in counter")
        scene.post("taro", "of nothing in particular")
        until(lambda: following.deliveries, "the post")
        (message,) = things(scene, following.deliveries)
        assert isinstance(message, Message) and message.key == key and message.author.handle == "taro"
        assert [one.key for one in following.deliveries] == [f"post:{key}"]
    finally:
        following.close()
    following = Following(scene, lambda connection: connection.listen(["gondola", "ferry"]))
    following.close()
    rules = listed(scene, "/2/tweets/search/stream/rules")
    assert {(rule["value"], rule["tag"]) for rule in rules} == {
        ("gondola", f"kikite:{scene.account.key}"), ("ferry", f"kikite:{scene.account.key}"),
    }  # fmt: skip


def test_an_app_token_that_x_does_not_take_is_not_the_accounts(scene: Scene) -> None:
    wrong = replace(scene.account, secrets={**scene.account.secrets, "bearer_token": "wrong"})
    with scene.open(wrong) as connection:
        with pytest.raises(Unreachable, match="bearer token"):
            next(connection.stream())
        with pytest.raises(Forbidden, match="bearer token"):
            connection.subscribe("https://desk.example/hooks/1")


def test_without_the_apps_token(scene: Scene) -> None:
    bare = replace(scene.account, secrets={**scene.account.secrets, "bearer_token": ""})
    with scene.open(bare) as connection, pytest.raises(Forbidden):
        next(connection.listen(["x"]))
