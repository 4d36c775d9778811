"""The networks' limits, shared by all workers through the database: nobody asks for what is used up.

A request takes its place in the budget before it is made, so that workers who share a limit never exceed it together;
what the network's answers say can only lower what we reckoned, until the next window. The hot path is one statement
a request, whose commit waits for no disk: a crash forgets some counting, and the next answer tells it again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from kikite.channels import models
from kikite.channels.models import Channel
from kikite.networks.contract import Budget, RateLimited, Urgency

from . import spending
from .abilities import able

# The part of a limit that is left alone: sending may use all, catching up leaves a fifth, searching leaves half.
KEEPS = {Urgency.SENDING: 0.0, Urgency.CATCHING_UP: 0.2, Urgency.SEARCHING: 0.5}
# For so long a window of which nobody told yet is taken for one; then the next.
UNTOLD = timedelta(seconds=60)
LONGEST_WINDOW = timedelta(hours=25)  # a day's, and an hour for clocks; a later reset is a mistake
SHORTEST_REFUSAL = timedelta(seconds=2)  # of a refusal whose end is past already by our clock
REMEMBERED = 1.0  # seconds for which a process remembers that a bucket is unknown or empty
BUCKET = 200


class HeldBack(RateLimited):
    """We ask nothing until then: the network's limit, or the day's budget, is used up or left to what is more urgent.
    Nothing was sent."""


_FRESH = "(b.resets_at <= %(now)s AND (b.told_at <= b.resets_at OR b.told_at <= %(untold)s))"
_LEFT = f'(CASE WHEN {_FRESH} THEN b."limit" ELSE b.remaining END)'
_USABLE = 'b."limit" * (1 - %(keeps)s::float)'
# Which window that is: by its end, or by its beginning while nobody told of it.
_WINDOW = "greatest(b.resets_at, b.told_at)"
# The network rounds resets to seconds, so that those of one window differ a little.
_SAME = "abs(extract(epoch FROM {} - {})) <= 2"

# Below its own share of the window a channel may ask; beyond it, as long as the others' shares are left to them.
_FAIR = f"""
(SELECT {_LEFT} - b."limit" * %(keeps)s::float
        > coalesce(sum(greatest(0, {_USABLE} / n - used)) FILTER (WHERE channel_id <> %(channel)s), 0)
     OR coalesce(max(used) FILTER (WHERE channel_id = %(channel)s), 0)
        < {_USABLE} / (count(*) FILTER (WHERE channel_id <> %(channel)s) + 1)
 FROM (SELECT s.channel_id,
              CASE WHEN {_SAME.format("s.resets_at", _WINDOW)} AND NOT {_FRESH} THEN s.used ELSE 0 END AS used,
              count(*) FILTER (WHERE s.channel_id <> %(channel)s) OVER () + 1 AS n
       FROM channels_share s WHERE s.budget_id = b.id AND s.asked_at > %(lately)s) AS shares)
"""

_TAKE = """
WITH taken AS (
    UPDATE channels_budget b
    SET remaining = {left} - 1, told_at = CASE WHEN {fresh} THEN %(now)s ELSE b.told_at END
    WHERE b.network = %(network)s AND b.bucket = %(bucket)s
      AND {left} > b."limit" * %(keeps)s::float {fair}
    RETURNING b.id, b."limit", b.remaining, b.resets_at, {window} AS mark
), counted AS (
    INSERT INTO channels_share AS s (budget_id, channel_id, used, resets_at, asked_at)
    SELECT id, %(channel)s, 1, mark, %(now)s FROM taken
    ON CONFLICT (budget_id, channel_id) DO UPDATE SET
        used = CASE WHEN {same} THEN s.used ELSE 0 END + 1,
        resets_at = excluded.resets_at, asked_at = excluded.asked_at
)
SELECT "limit", remaining, resets_at {lightly} FROM taken
"""

# An answer of the window that we count in can only lower what we reckoned: requests may be under way that it does not
# know of. A later window, and a refusal, count as told; an answer of a window that is over says nothing any more.
_TOLD = f"""
WITH told AS (
INSERT INTO channels_budget AS b (network, bucket, "limit", remaining, resets_at, told_at)
VALUES (%(network)s, %(bucket)s, %(limit)s, %(remaining)s, %(resets_at)s, %(now)s)
ON CONFLICT (network, bucket) DO UPDATE SET
    "limit" = CASE WHEN excluded."limit" > 0 THEN excluded."limit" ELSE b."limit" END,
    resets_at = excluded.resets_at, told_at = excluded.told_at,
    remaining = CASE
        WHEN b."limit" <> excluded."limit" THEN excluded.remaining -- what was reckoned by another limit says nothing
        WHEN b.told_at > b.resets_at
        THEN least(b.remaining - CASE WHEN %(asked)s < b.told_at THEN 1 ELSE 0 END, excluded.remaining)
        WHEN {_SAME.format("b.resets_at", "excluded.resets_at")} THEN least(b.remaining, excluded.remaining)
        ELSE excluded.remaining END
WHERE excluded.remaining = 0 OR excluded.resets_at > b.resets_at - interval '2 seconds'
RETURNING b.id, b.resets_at
)
INSERT INTO channels_share (budget_id, channel_id, used, resets_at, asked_at)
SELECT id, %(channel)s, 0, resets_at, %(now)s FROM told ON CONFLICT (budget_id, channel_id) DO NOTHING
"""

type _Key = tuple[str, str, Urgency]  # network, bucket
# Until when this process remembers, and until when nothing may be asked (None: nobody told of the bucket yet).
_remembered: dict[_Key, tuple[float, datetime | None]] = {}


class ChannelMeter:
    """See `contract.Meter`. One for each connection of a channel to its network."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._taken: dict[str, tuple[datetime, Budget]] = {}

    def ask(self, bucket: str, urgency: Urgency) -> None:
        """Take one request of the bucket. Raises HeldBack."""
        if urgency is Urgency.SEARCHING and spending.searching_waits(self.channel.pk):
            raise HeldBack(spending.tomorrow(), "the channel's budget for today is nearly used up")
        bucket = _named(bucket)
        key = (self.channel.network, bucket, urgency)
        known = _remembered.get(key)
        if known is None or known[0] < time.monotonic():
            known = None if self._take(bucket, urgency) else self._why_not(key)
        if known is not None and known[1] is not None and known[1] > timezone.now():
            raise HeldBack(known[1], "a limit of the network is used up for now")

    def told(self, bucket: str, budget: Budget) -> None:
        """Keep what an answer said, unless it is what we reckoned."""
        now, bucket = timezone.now(), _named(bucket)
        asked, reckoned = self._taken.pop(bucket, (now, None))
        found = _plausible(budget, now)
        if found is None or (reckoned and _as_reckoned(found, reckoned)):
            return
        values: dict[str, Any] = {
            "network": self.channel.network, "bucket": bucket, "limit": found.limit, "remaining": found.remaining,
            "resets_at": found.resets_at, "now": now, "asked": asked,
            "channel": self.channel.pk,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_TOLD, values)
        for urgency in Urgency:
            _remembered.pop((self.channel.network, bucket, urgency), None)

    def spent(self, what: str, keys: Collection[str]) -> None:
        """Write down what that cost."""
        prices = able(self.channel).prices
        spending.spend(self.channel.pk, prices, what, keys)

    def _take(self, bucket: str, urgency: Urgency) -> bool:
        now = timezone.now()
        values: dict[str, Any] = {
            "network": self.channel.network, "bucket": bucket, "channel": self.channel.pk, "now": now,
            "untold": now - UNTOLD, "lately": now - timedelta(hours=1), "keeps": KEEPS[urgency],
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_statement(urgency), values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        if row is not None:
            self._taken[bucket] = (now, Budget(row[0], row[1], row[2]))
        return row is not None

    def _why_not(self, key: _Key) -> tuple[float, datetime | None]:
        """Of a bucket that gave nothing: nobody told of it yet, or when it may give again."""
        known = _remembered[key] = (time.monotonic() + REMEMBERED, _opens(key[0], key[1]))
        if len(_remembered) > 10_000:
            forget()
        return known


def forget() -> None:
    """What this process remembers of buckets that are unknown or empty."""
    _remembered.clear()


def _statement(urgency: Urgency) -> str:
    """Inside somebody's transaction its durability is theirs to decide."""
    lightly = "" if connection.in_atomic_block else ", set_config('synchronous_commit', 'off', true)"
    fair = "" if urgency is Urgency.SENDING else f"AND {_FAIR}"
    same = _SAME.format("s.resets_at", "excluded.resets_at")
    return _TAKE.format(left=_LEFT, fresh=_FRESH, fair=fair, same=same, lightly=lightly, window=_WINDOW)


def _opens(network: str, bucket: str) -> datetime | None:
    """When the budget is whole again: at its reset, or when a window of which nobody told has lasted long enough."""
    row = models.Budget.objects.filter(network=network, bucket=bucket).values_list("resets_at", "told_at").first()
    if row is None:
        return None
    resets_at, told_at = row
    return told_at + UNTOLD if told_at > resets_at else resets_at


def _named(bucket: str) -> str:
    """As the database takes it: what is too long or no text goes by its digest."""
    if 0 < len(bucket) <= BUCKET and bucket.isprintable():
        return bucket
    return f"odd:{hashlib.sha256(bucket.encode(errors='surrogatepass')).hexdigest()}"


def _plausible(budget: Budget, now: datetime) -> Budget | None:
    """What the network can have meant; None for a window that is over."""
    limit, remaining = (min(max(number, 0), 2**62) for number in (budget.limit, budget.remaining))
    resets_at = budget.resets_at if budget.resets_at.tzinfo else budget.resets_at.replace(tzinfo=UTC)
    if resets_at <= now:
        if remaining:
            return None
        resets_at = now + SHORTEST_REFUSAL
    # A refusal that tells no limit (0) holds only until its end: then the bucket is as unknown as before.
    return Budget(max(limit, remaining), remaining, min(resets_at, now + LONGEST_WINDOW))


def _as_reckoned(told: Budget, reckoned: Budget) -> bool:
    same = abs((told.resets_at - reckoned.resets_at).total_seconds()) <= 2 and told.limit == reckoned.limit
    return same and told.remaining >= reckoned.remaining
