"""Rate limits: one token bucket for the reads and one for the writes of each account."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """`rate` requests a minute, up to that many at once; 0 means no limit."""

    rate: int
    level: float
    filled: float
    blocked_until: float = 0.0

    def take(self, at: float) -> float:
        """Take one request; the seconds to wait if there is none left, else 0."""
        if self.blocked_until > at:
            return self.blocked_until - at
        if not self.rate:
            return 0.0
        self.level = min(self.rate, self.level + (at - self.filled) * self.rate / 60)
        self.filled = at
        if self.level < 1:
            return (1 - self.level) * 60 / self.rate
        self.level -= 1
        return 0.0

    def headers(self, at: float, wait: float) -> dict[str, str]:
        """What an answer says of the limit; the reset is in Unix seconds."""
        full = (self.rate - self.level) * 60 / self.rate if self.rate else 0.0
        told = {
            "X-RateLimit-Limit": str(self.rate),
            "X-RateLimit-Remaining": "0" if wait else str(int(self.level)),
            "X-RateLimit-Reset": str(math.ceil(at + (wait or full))),
        }
        return {**told, "Retry-After": str(math.ceil(wait))} if wait else told


class Buckets:
    """All accounts' buckets, in memory: a restart fills them."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._buckets: dict[tuple[int, str], Bucket] = {}

    def take(self, account: int, on: str) -> tuple[float, dict[str, str]]:
        """The seconds to wait (0 when the request may pass) and the headers that say so."""
        at = time.time()
        bucket = self._of(account, on)
        wait = bucket.take(at)
        return wait, bucket.headers(at, wait) if self._rate or wait else {}

    def block(self, account: int, on: str, seconds: float) -> dict[str, str]:
        """Refuse everything for so long; the headers that say so."""
        at = time.time()
        bucket = self._of(account, on)
        bucket.blocked_until = at + seconds
        return bucket.headers(at, seconds)

    def clear(self) -> None:
        self._buckets.clear()

    def _of(self, account: int, on: str) -> Bucket:
        return self._buckets.setdefault((account, on), Bucket(self._rate, self._rate, time.time()))
