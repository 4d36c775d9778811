"""Many calls at once: kept together, never answered before they are kept, and held back before memory ends."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import signal
import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from kikite.channels.models import Channel, Delivery
from kikite.hooks import collecting
from kikite.hooks.collecting import Busy, Collector
from kikite.networks.contract import Delivery as Raw
from kikite.workflows import calls
from kikite.workflows.calls import Disconnected, Kept
from tests.desk.serving import served
from tests.workflows.calls import a_channel, call, created, signed

from .caller import Caller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel() -> Channel:
    return a_channel()


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()


def row(channel: Channel, key: str) -> Kept:
    return Kept(channel.pk, Raw(key, "post", b"{}"))


def test_what_comes_together_is_kept_together(
    caller: Caller, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    real = calls.keep

    def keep(many: Sequence[Sequence[Kept]]) -> list[Exception | None]:
        batches.append(len(many))
        return real(many)

    monkeypatch.setattr(caller.app._collector, "_write", keep)
    bodies = [call(created(str(number))) for number in range(200)]
    answers = caller.together([caller.request(channel.hook, body, signed(body)) for body in bodies])
    assert {answer.status_code for answer in answers} == {200}
    assert Delivery.objects.count() == 200
    assert sum(batches) == 200 and len(batches) < 50


def test_nobody_is_answered_before_the_commit(
    caller: Caller, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database fails at the last moment: nothing was kept, and the network is told to call again."""

    def broken(many: Sequence[Sequence[Kept]]) -> list[Exception | None]:
        return [DatabaseError("away")] * len(many)

    monkeypatch.setattr(caller.app._collector, "_write", broken)
    body = call(created("1"))
    (answer,) = caller.together([caller.request(channel.hook, body, signed(body))])
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert not Delivery.objects.exists()


def test_one_at_fault_takes_nobody_along(channel: Channel) -> None:
    """A body that the database will not take is refused alone."""
    odd = Kept(channel.pk, Raw("odd", "post", "not bytes" * 10))  # type: ignore[arg-type]
    good = [[row(channel, "1")], [odd], [row(channel, "2")]]
    answers = calls.keep(good)
    assert [type(answer) for answer in answers][::2] == [type(None)] * 2
    assert set(Delivery.objects.values_list("key", flat=True)) >= {"1", "2"}


def test_disconnected_while_it_was_called(channel: Channel) -> None:
    other = a_channel()
    Channel.objects.filter(pk=channel.pk).update(disconnected_at=timezone.now())
    first, second = calls.keep([[row(channel, "1")], [row(other, "2")]])
    assert isinstance(first, Disconnected) and second is None
    assert list(Delivery.objects.values_list("key", flat=True)) == ["2"]


def test_more_than_may_wait_is_asked_to_come_back(channel: Channel) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(many: Sequence[Sequence[Kept]]) -> list[Exception | None]:
        begun.set()
        go.wait(10)
        return [None] * len(many)

    async def flood() -> list[object]:
        collector = Collector(slow)
        first = asyncio.create_task(collector.keep([row(channel, "0")] * (collecting.MOST - 1)))
        await asyncio.to_thread(begun.wait, 10)
        second = asyncio.create_task(collector.keep([row(channel, "1")]))
        await asyncio.sleep(0)
        third = await asyncio.gather(collector.keep([row(channel, "2")]), return_exceptions=True)
        go.set()
        await first
        await second
        await collector.keep([row(channel, "3")])
        await asyncio.to_thread(collector.close)
        return list(third)

    (refused,) = asyncio.run(flood())
    assert isinstance(refused, Busy)


def test_a_caller_who_hangs_up_breaks_nobody(channel: Channel) -> None:
    async def hang_up() -> None:
        collector = Collector(calls.keep)
        gone = asyncio.create_task(collector.keep([row(channel, "1")]))
        await asyncio.sleep(0)
        gone.cancel()
        await collector.keep([row(channel, "2")])
        await asyncio.to_thread(collector.close)

    asyncio.run(hang_up())
    assert Delivery.objects.filter(key="2").exists()


def test_a_killed_process_loses_nothing_that_it_acknowledged(channel: Channel) -> None:
    acknowledged: list[str] = []
    numbers = itertools.count()

    def keep_calling(port: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            while True:
                key = str(next(numbers))
                body = call(created(key))
                line.request("POST", f"/hooks/{channel.hook}", body, signed(body))
                answer = line.getresponse()
                answer.read()
                if answer.status == 200:
                    acknowledged.append(f"e{key}")
        except (OSError, http.client.HTTPException):
            return  # it was killed

    with served(connection.settings_dict) as web:
        threads = [threading.Thread(target=keep_calling, args=[web.port]) for _ in range(8)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(acknowledged) < 300 and time.monotonic() < deadline:
            time.sleep(0.01)
        web.process.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(15)
    assert len(acknowledged) >= 300
    kept = set(Delivery.objects.values_list("key", flat=True))
    assert set(acknowledged) <= kept
