"""Workers who share a limit of a network never exceed it together, and the urgent goes first."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kikite.channels import models
from kikite.channels.models import Share
from kikite.networks.contract import Budget, RateLimited, Urgency
from kikite.workflows import metering, spending
from kikite.workflows.metering import ChannelMeter, HeldBack

from .calls import a_channel

_numbers = itertools.count(1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    metering.forget()
    spending._remembered.clear()


def a_bucket() -> str:
    return f"app/{next(_numbers)}"


def now() -> datetime:
    return datetime.now(UTC)


def told(meter: ChannelMeter, bucket: str, limit: int, remaining: int, ends: timedelta = HOUR) -> None:
    meter.told(bucket, Budget(limit, remaining, now() + ends))


def allowed(meter: ChannelMeter, bucket: str, urgency: Urgency, most: int = 1000) -> int:
    """How many requests of this urgency are let through."""
    for number in range(most):
        try:
            meter.ask(bucket, urgency)
        except HeldBack:
            return number
    return most


def let_go() -> None:
    """What a process remembers for a second is over."""
    metering.forget()


@pytest.mark.django_db
class TestBudget:
    def test_nothing_is_held_back_while_nobody_told_of_a_limit(self) -> None:
        assert allowed(ChannelMeter(a_channel()), a_bucket(), Urgency.SEARCHING, 50) == 50

    def test_searching_stops_before_catching_up_before_sending(self) -> None:
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        told(meter, bucket, 100, 100)
        assert allowed(meter, bucket, Urgency.SEARCHING) == 50
        assert allowed(meter, bucket, Urgency.CATCHING_UP) == 30
        assert allowed(meter, bucket, Urgency.SEARCHING) == 0
        assert allowed(meter, bucket, Urgency.SENDING) == 20
        with pytest.raises(RateLimited) as held:
            meter.ask(bucket, Urgency.SENDING)
        assert held.value.until and abs(held.value.until - now() - HOUR) < timedelta(seconds=5)

    def test_after_a_refusal_nobody_asks_until_the_reset(self) -> None:
        one, other, bucket = ChannelMeter(a_channel()), ChannelMeter(a_channel()), a_bucket()
        told(one, bucket, 100, 90)
        told(one, bucket, 100, 0, timedelta(minutes=5))
        let_go()
        assert allowed(other, bucket, Urgency.SENDING) == 0
        past = now() - timedelta(seconds=1)
        models.Budget.objects.filter(bucket=bucket).update(resets_at=past, told_at=past - timedelta(minutes=5))
        let_go()
        assert allowed(other, bucket, Urgency.SENDING) == 100  # the next window, of which nobody told yet
        let_go()
        assert allowed(one, bucket, Urgency.SENDING) == 0

    def test_an_untold_window_ends_by_itself(self) -> None:
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        told(meter, bucket, 3, 0, timedelta(minutes=5))
        past = now() - timedelta(minutes=3)
        models.Budget.objects.filter(bucket=bucket).update(resets_at=past, told_at=past + timedelta(minutes=1))
        let_go()
        assert allowed(meter, bucket, Urgency.SENDING) == 3

    def test_an_answer_never_gives_back_what_others_took(self) -> None:
        """Its request was counted by the network before theirs."""
        one, other, bucket = ChannelMeter(a_channel()), ChannelMeter(a_channel()), a_bucket()
        told(one, bucket, 10, 10)
        one.ask(bucket, Urgency.SENDING)
        assert allowed(other, bucket, Urgency.SENDING, 8) == 8
        told(one, bucket, 10, 9)
        assert allowed(other, bucket, Urgency.SENDING) == 1

    def test_what_others_use_outside_of_the_desk_is_learnt(self) -> None:
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        told(meter, bucket, 100, 99)
        meter.ask(bucket, Urgency.SENDING)
        told(meter, bucket, 100, 3)
        assert allowed(meter, bucket, Urgency.SENDING) == 3

    def test_a_late_answer_of_a_window_that_is_over(self) -> None:
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        told(meter, bucket, 100, 50)
        told(meter, bucket, 100, 2, timedelta(seconds=-3))
        assert allowed(meter, bucket, Urgency.SENDING) == 50

    @pytest.mark.parametrize("year", [1971, 9999])
    def test_nonsense_is_bounded(self, year: int) -> None:
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        meter.told(bucket, Budget(10**30, 0, datetime(year, 1, 1, tzinfo=UTC)))
        until = models.Budget.objects.get(bucket=bucket).resets_at
        assert now() < until <= now() + timedelta(hours=26)

    def test_names_that_no_column_takes(self) -> None:
        meter = ChannelMeter(a_channel())
        for bucket in ("x" * 300, "a\x00b", ""):
            told(meter, bucket, 5, 5)
            assert allowed(meter, bucket, Urgency.SENDING) == 5


@pytest.mark.django_db
class TestFairness:
    def test_a_greedy_channel_leaves_the_others_their_share(self) -> None:
        greedy, modest, bucket = ChannelMeter(a_channel()), ChannelMeter(a_channel()), a_bucket()
        told(greedy, bucket, 100, 100)
        modest.ask(bucket, Urgency.CATCHING_UP)
        assert allowed(greedy, bucket, Urgency.CATCHING_UP) == 40
        let_go()
        assert allowed(modest, bucket, Urgency.CATCHING_UP) == 39

    def test_alone_it_may_use_all(self) -> None:
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        told(meter, bucket, 100, 100)
        assert allowed(meter, bucket, Urgency.CATCHING_UP) == 80

    def test_who_does_not_ask_any_more_is_left_nothing(self) -> None:
        meter, gone, bucket = ChannelMeter(a_channel()), ChannelMeter(a_channel()), a_bucket()
        told(meter, bucket, 100, 100)
        gone.ask(bucket, Urgency.CATCHING_UP)
        Share.objects.filter(channel=gone.channel).update(asked_at=now() - timedelta(hours=2))
        assert allowed(meter, bucket, Urgency.CATCHING_UP) == 79


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_eight_threads_take_exactly_the_limit(self) -> None:
        channel, bucket = a_channel(), a_bucket()
        told(ChannelMeter(channel), bucket, 60, 60)
        got: list[int] = []
        together(lambda: got.append(allowed(ChannelMeter(channel), bucket, Urgency.SENDING)))
        assert sum(got) == 60

    @given(st.integers(0, 3), st.integers(1, 8))
    def test_a_model_of_the_network_is_never_asked_too_much(self, outside: int, limit: int) -> None:
        """Whatever others use of the limit meanwhile, our requests and theirs are within it as far as was told."""
        meter, bucket = ChannelMeter(a_channel()), a_bucket()
        used = min(outside, limit)
        told(meter, bucket, limit, limit - used)
        while used < limit:
            meter.ask(bucket, Urgency.SENDING)
            used += 1
            told(meter, bucket, limit, limit - used)
        assert allowed(meter, bucket, Urgency.SENDING) == 0

    def test_asking_is_cheap(self) -> None:
        """Fifty sends a second ask far less than a core's time; printed, and bounded generously for slow machines."""
        channel, bucket = a_channel(), a_bucket()
        told(ChannelMeter(channel), bucket, 10_000, 10_000)
        got: list[int] = []
        began = time.monotonic()
        together(lambda: got.append(allowed(ChannelMeter(channel), bucket, Urgency.SENDING, 50)), 4)
        took = time.monotonic() - began
        print(f"{200 / took:.0f} asks a second by four threads on one bucket")
        assert sum(got) == 200 and took < 4


def together(work: Callable[[], None], threads: int = 8) -> None:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)


@pytest.mark.django_db
def test_a_refusal_that_tells_no_limit_holds_until_its_end_and_no_longer() -> None:
    meter, bucket = ChannelMeter(a_channel()), a_bucket()
    told(meter, bucket, 0, 0)
    with pytest.raises(RateLimited):
        meter.ask(bucket, Urgency.SENDING)
    models.Budget.objects.update(resets_at=now() - timedelta(seconds=1), told_at=now() - timedelta(seconds=40))
    metering.forget()
    for _ in range(50):
        meter.ask(bucket, Urgency.SENDING)


@pytest.mark.django_db
def test_what_was_reckoned_by_another_limit_says_nothing() -> None:
    """A gate before the network refused by a limit of its own; the network's next answer tells the true one."""
    meter, bucket = ChannelMeter(a_channel()), a_bucket()
    told(meter, bucket, 300, 0)
    models.Budget.objects.filter(bucket=bucket).update(
        resets_at=now() - timedelta(seconds=1), told_at=now() - timedelta(seconds=2)
    )
    let_go()
    meter.ask(bucket, Urgency.SENDING)
    told(meter, bucket, 1_000_000, 999_000)
    let_go()
    assert allowed(meter, bucket, Urgency.CATCHING_UP, 5) == 5
