"""What the networks charge, by channel and UTC day, and the budget that an admin set.

When most of a day's budget is spent, searching stops; when it is used up, catching up slows down. Sending never waits
for money.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from kikite.channels.models import Channel, Charged, Spending
from kikite.networks.contract import Price

log = logging.getLogger(__name__)

# Searching and looking again stop when so much of the day's budget is spent; the rest is left to catching up.
SEARCHING_ENDS = Decimal("0.8")
SLOWLY = 900.0  # seconds between two polls of a channel whose budget is used up
REMEMBERED = 5.0  # seconds for which a process remembers what was spent
KEY = 200

_ADD = """
INSERT INTO channels_spending AS s (channel_id, day, what, pieces, usd)
SELECT %(channel)s, %(day)s, %(what)s, count(*), count(*) * %(usd)s FROM {pieces} HAVING count(*) > 0
ON CONFLICT (channel_id, day, what) DO UPDATE SET pieces = s.pieces + excluded.pieces, usd = s.usd + excluded.usd
"""
_EACH = _ADD.format(pieces="unnest(%(keys)s::text[])")
# What is charged once a day is counted by the keys that were not charged yet.
_DAILY = f"""
WITH told AS (SELECT DISTINCT key FROM unnest(%(keys)s::text[]) AS key), new AS (
    INSERT INTO channels_charged (channel_id, day, what, key)
    SELECT %(channel)s, %(day)s, %(what)s, key FROM told ORDER BY key
    ON CONFLICT (day, channel_id, what, key) DO NOTHING RETURNING 1
)
{_ADD.format(pieces="new")}
"""

_remembered: dict[int, tuple[float, Decimal, Decimal | None]] = {}


def today() -> date:
    """The networks' accounts are kept by UTC days."""
    return datetime.now(UTC).date()


def tomorrow() -> datetime:
    """When the next day's budget begins."""
    return datetime.combine(today() + timedelta(days=1), datetime.min.time(), UTC)


def spend(channel_id: int, prices: Sequence[Price], what: str, keys: Collection[str]) -> None:
    """Write down what these things cost; a thing without a price is counted and costs nothing."""
    if not keys:
        return
    price = next((price for price in prices if price.what == what), None)
    if price is None:
        log.warning("nothing is known of the price of %r", what)
    values: dict[str, Any] = {
        "channel": channel_id, "day": today(), "what": what[:40], "keys": [_key(key) for key in keys],
        "usd": Decimal(price.usd) if price else Decimal(0),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DAILY if price and price.daily else _EACH, values)


def searching_waits(channel_id: int) -> bool:
    """Whether so much of the day's budget is spent that searching waits for tomorrow."""
    spent, budget = _day(channel_id)
    return budget is not None and spent >= budget * SEARCHING_ENDS


def reading_slows(channel_id: int) -> bool:
    """Whether the day's budget is used up."""
    spent, budget = _day(channel_id)
    return budget is not None and spent >= budget


def forget_yesterday() -> int:
    """Drop what only served to charge nothing twice on a day that is over."""
    return Charged.objects.filter(day__lt=today()).delete()[0]


def _day(channel_id: int) -> tuple[Decimal, Decimal | None]:
    """(spent today, the day's budget), a few seconds old at the most."""
    known = _remembered.get(channel_id)
    if known is None or known[0] < time.monotonic():
        budget = Channel.objects.filter(pk=channel_id).values_list("daily_usd", flat=True).first()
        spent = Decimal(0)
        if budget is not None:
            days = Spending.objects.filter(channel=channel_id, day=today())
            spent = days.aggregate(usd=Sum("usd"))["usd"] or spent
        known = _remembered[channel_id] = (time.monotonic() + REMEMBERED, spent, budget)
    return known[1], known[2]


def _key(key: str) -> str:
    """As the database takes it: what is too long or no text goes by its digest."""
    if len(key) <= KEY and key.isprintable():
        return key
    return f"odd:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
