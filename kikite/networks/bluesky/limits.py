"""The network's limits, as buckets of the meter (https://docs.bsky.app/docs/advanced-guides/rate-limits).

- `points`: of an account, for writes: 5,000 an hour and 35,000 a day; a record made costs 3, changed 2, deleted 1.
- `sign-ins`: of an account: 30 in five minutes and 300 a day.
- `requests`: of our address at one server: 3,000 in five minutes, reads and writes alike.
- `chat`: of an account, for private messages. The service tells of it only when it is spent.

The server's headers tell of the tightest of those that a request counts for, so they are taken for the bucket that is
the request's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from ..calling import retry_after, since_1970
from ..contract import Budget, Meter, Urgency

WRITES = frozenset(f"com.atproto.repo.{verb}Record" for verb in ("create", "put", "delete"))
SIGN_IN = "com.atproto.server.createSession"
CHAT = "chat.bsky."
UNTOLD = timedelta(minutes=1)  # how long we hold back after a refusal that does not say how long


class Limits:
    """The buckets of one account at one server, asked and told for each request."""

    def __init__(self, meter: Meter, origin: str, account: str) -> None:
        self._meter = meter
        self._server = urlsplit(origin).netloc[:100]
        self._account = account[:90]
        self.urgency = Urgency.CATCHING_UP
        self.budget: Budget | None = None  # of the newest answer that told

    @contextmanager
    def as_urgent_as(self, urgency: Urgency) -> Iterator[None]:
        """What is asked for meanwhile is that urgent: also what is only read on the way to a write."""
        before, self.urgency = self.urgency, urgency
        try:
            yield
        finally:
            self.urgency = before

    def ask(self, method: str) -> None:
        """Raises RateLimited while the request may not be made."""
        for bucket in dict.fromkeys((self._requests, self._own(method))):
            self._meter.ask(bucket, self.urgency)

    def told(self, method: str, status: int, headers: httpx.Headers) -> None:
        """What an answer said of the limits."""
        budget = _budget(headers)
        if status == 429:
            budget = _spent(budget, headers)
        if budget is not None:
            self.budget = budget
            self._meter.told(self._own(method), budget)

    @property
    def _requests(self) -> str:
        return f"{self._server}/requests"

    def _own(self, method: str) -> str:
        if method in WRITES:
            return f"{self._account}/points"
        if method == SIGN_IN:
            return f"{self._account}/sign-ins"
        return f"{self._account}/chat" if method.startswith(CHAT) else self._requests


def until(headers: httpx.Headers) -> datetime | None:
    """When a rate limit ends: RateLimit-Reset in seconds since 1970, else Retry-After."""
    return since_1970(headers.get("ratelimit-reset", "")) or retry_after(headers)


def _budget(headers: httpx.Headers) -> Budget | None:
    limit, remaining = headers.get("ratelimit-limit", ""), headers.get("ratelimit-remaining", "")
    resets_at = since_1970(headers.get("ratelimit-reset", ""))
    if not (limit.isdecimal() and remaining.isdecimal() and resets_at):
        return None
    return Budget(int(limit[:12]), int(remaining[:12]), resets_at)


def _spent(told: Budget | None, headers: httpx.Headers) -> Budget:
    return Budget(told.limit if told else 1, 0, until(headers) or datetime.now(UTC) + UNTOLD)
