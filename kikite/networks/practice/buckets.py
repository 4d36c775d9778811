"""Rate limits, as most networks count them: so many requests a window, which begins with its first request."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

WINDOW = 60.0


@dataclass(slots=True)
class Bucket:
    """`rate` requests a window of 60 s; 0 means no limit."""

    rate: int
    used: int = 0
    ends: float = 0.0
    blocked_until: float = 0.0

    def take(self, at: float) -> float:
        """Take one request; the seconds to wait if there is none left, else 0."""
        if self.blocked_until > at:
            return self.blocked_until - at
        if not self.rate:
            return 0.0
        if self.ends <= at:
            self.used, self.ends = 0, at + WINDOW
        if self.used >= self.rate:
            return self.ends - at
        self.used += 1
        return 0.0

    def headers(self, at: float, wait: float) -> dict[str, str]:
        """What an answer says of the limit; the reset is in Unix seconds."""
        told = {
            "X-RateLimit-Limit": str(self.rate),
            "X-RateLimit-Remaining": "0" if wait else str(self.rate - self.used),
            "X-RateLimit-Reset": str(math.ceil(at + wait if wait else max(self.ends, at))),
        }
        return {**told, "Retry-After": str(math.ceil(wait))} if wait else told


class Buckets:
    """All accounts' buckets, one for reads and one for writes each; in memory: a restart empties them."""

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
        return self._buckets.setdefault((account, on), Bucket(self._rate))
