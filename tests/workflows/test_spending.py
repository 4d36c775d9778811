"""What the networks charge adds up by UTC day, and nothing is charged twice that the network charges once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from kikite.channels.models import Channel, Charged, Spending
from kikite.networks.contract import Price, Urgency
from kikite.workflows import spending
from kikite.workflows.metering import ChannelMeter, HeldBack

from .calls import a_channel

pytestmark = pytest.mark.django_db
READ, SEND = Price("post.read", "0.005", "Posts read", daily=True), Price("post.create", "0.015", "Posts sent")
PRICES = (READ, SEND)
KEYS = st.lists(st.text(st.characters(codec="utf-8"), max_size=250), max_size=8)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    spending._remembered.clear()


def spent(channel: Channel, what: str) -> tuple[int, Decimal]:
    row = Spending.objects.filter(channel=channel, what=what).aggregate(pieces=Sum("pieces"), usd=Sum("usd"))
    return row["pieces"] or 0, row["usd"] or Decimal(0)


@given(st.lists(KEYS, max_size=5), st.lists(KEYS, max_size=5))
def test_it_adds_up(read: list[list[str]], sent: list[list[str]]) -> None:
    channel = a_channel()
    for keys in read:
        spending.spend(channel.pk, PRICES, "post.read", keys)
    for keys in sent:
        spending.spend(channel.pk, PRICES, "post.create", keys)
    once = {spending._key(key) for keys in read for key in keys}
    each = sum(map(len, sent))
    assert spent(channel, "post.read") == (len(once), len(once) * Decimal("0.005"))
    assert spent(channel, "post.create") == (each, each * Decimal("0.015"))


def test_a_new_day_charges_again_and_forgets_the_old_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    channel, day = a_channel(), spending.today()
    for offset in (0, 0, 1):
        monkeypatch.setattr(spending, "today", lambda offset=offset: day + timedelta(days=offset))
        spending.spend(channel.pk, PRICES, "post.read", ["p1"])
    assert spent(channel, "post.read")[0] == 2 and Spending.objects.filter(channel=channel).count() == 2
    assert spending.forget_yesterday() == 1 and Charged.objects.filter(channel=channel).count() == 1


def test_what_has_no_price_is_counted_and_costs_nothing() -> None:
    channel = a_channel()
    spending.spend(channel.pk, PRICES, "something new", ["a", "b"])
    assert spent(channel, "something new") == (2, Decimal(0))


def test_searching_stops_first_and_sending_never() -> None:
    channel = a_channel()
    Channel.objects.filter(pk=channel.pk).update(daily_usd="1.00")
    meter = ChannelMeter(channel)
    steps = []
    for _ in range(3):
        spending.spend(channel.pk, PRICES, "post.create", [str(number) for number in range(27)])
        spending._remembered.clear()
        steps.append(
            (_waits(meter, Urgency.SEARCHING), spending.reading_slows(channel.pk), _waits(meter, Urgency.SENDING))
        )
    assert steps == [(False, False, False), (True, False, False), (True, True, False)]


def _waits(meter: ChannelMeter, urgency: Urgency) -> bool:
    try:
        meter.ask("app/money", urgency)
    except HeldBack as held:
        return held.until == spending.tomorrow()
    return False


def test_without_a_budget_nothing_waits() -> None:
    channel = a_channel()
    spending.spend(channel.pk, PRICES, "post.create", [str(number) for number in range(1000)])
    assert not spending.searching_waits(channel.pk) and not spending.reading_slows(channel.pk)
