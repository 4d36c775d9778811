"""Webhooks of the practice network: signed, in order, again until they are taken."""

from __future__ import annotations

import time
from collections.abc import Iterator

import orjson
import pytest

from kikite.networks.contract import Account, Delivery, Unreadable
from kikite.networks.practice import network
from tests.contract.practice_stage import BRAND, PracticeServer

from .conftest import Receiver


@pytest.fixture
def hooked(server: PracticeServer, brand: Account, receiver: Receiver) -> Iterator[Receiver]:
    server.admin("POST", "/brands", handle=BRAND, webhook_url=receiver.url)
    yield receiver
    server.admin("POST", "/brands", handle=BRAND, webhook_url="")


def say(server: PracticeServer, *texts: str) -> None:
    server.admin("POST", "/bulk", posts=[{"author": "marak", "text": f"@{BRAND} {text}"} for text in texts])


def opened(account: Account, receiver: Receiver) -> list[Delivery]:
    """Everything that was delivered, as the connector opens it; unreadable calls count for nothing."""
    deliveries: list[Delivery] = []
    for headers, body in receiver.calls:
        try:
            deliveries += network.receive(account, headers, body)
        except Unreadable:
            continue
    return deliveries


def texts(deliveries: list[Delivery]) -> list[str]:
    return [orjson.loads(delivery.body)["data"]["text"].removeprefix(f"@{BRAND} ") for delivery in deliveries]


def test_in_order_and_again_until_taken(server: PracticeServer, brand: Account, hooked: Receiver) -> None:
    hooked.refusals = 3
    said = [f"number {number}" for number in range(250)]
    for start in range(0, 250, 50):
        say(server, *said[start : start + 50])
    hooked.until(lambda: len(opened(brand, hooked)) >= 250)
    deliveries = opened(brand, hooked)
    assert texts(deliveries) == said
    keys = [int(delivery.key) for delivery in deliveries]
    assert keys == sorted(set(keys))


def test_the_same_bytes_as_a_poll(server: PracticeServer, brand: Account, hooked: Receiver) -> None:
    say(server, "whichever way")
    hooked.until(lambda: hooked.calls)
    with network.connect(brand) as connection:
        polled = {delivery.key: delivery for delivery in connection.poll("").deliveries}
    for delivery in opened(brand, hooked):
        assert polled[delivery.key] == delivery


def test_keeps_up(server: PracticeServer, brand: Account, hooked: Receiver) -> None:
    """A hundred posts a second, posted one by one, are handed over within a blink."""
    started = time.monotonic()
    for number in range(100):
        say(server, f"quickly {number}")
    posted = time.monotonic() - started
    hooked.until(lambda: len(opened(brand, hooked)) >= 100)
    assert time.monotonic() - started - posted < 1.0


def test_twice(server: PracticeServer, brand: Account, hooked: Receiver) -> None:
    server.admin("POST", "/faults", kind="hook_duplicate", next=1)
    say(server, "said twice")
    hooked.until(lambda: len(hooked.calls) == 2)
    first, second = opened(brand, hooked)
    assert first == second


def test_out_of_order_with_strangers_and_rubbish(server: PracticeServer, brand: Account, hooked: Receiver) -> None:
    for kind in ("hook_garbage", "hook_stranger", "hook_shuffle"):
        server.admin("POST", "/faults", kind=kind, next=1)
        say(server, *(f"{kind} {number}" for number in range(8)))
        hooked.until(lambda kind=kind: hooked.calls and f"{kind} 7".encode() in b"".join(b for _, b in hooked.calls))
    deliveries = opened(brand, hooked)
    known = [delivery for delivery in deliveries if delivery.kind == "post.created"]
    assert {delivery.kind for delivery in deliveries} == {"post.created", "x.unknown"}
    assert sorted(set(texts(known))) == sorted(
        f"{kind} {number}" for kind in ("hook_garbage", "hook_stranger", "hook_shuffle") for number in range(8)
    )
    (stranger,) = [delivery for delivery in deliveries if delivery.kind == "x.unknown"]
    assert network.translate(brand, stranger.kind, stranger.body) == []


def test_goes_on_after_a_kill(server: PracticeServer, brand: Account, hooked: Receiver) -> None:
    hooked.refusals = 1_000
    say(server, "before the kill")
    server.kill()
    server.start()
    hooked.refusals = 0
    hooked.until(lambda: texts(opened(brand, hooked)) == ["before the kill"])
