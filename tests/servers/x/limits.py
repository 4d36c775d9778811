"""Rate limits: a fixed window of 15 minutes for each endpoint and caller, told by X's three headers in every answer."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from .problems import Problem

WINDOW = 900  # seconds
WIDE = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests in a window, for a user and for an app by itself."""

    user: int
    app: int = 0
    seconds: int = WINDOW


@dataclass(slots=True)
class _Window:
    used: int
    ends: float
    blocked: bool = False


class Limits:
    """`held` False: the windows are `WIDE` times as wide, so that tests need not wait for a quarter of an hour."""

    def __init__(self, held: bool) -> None:
        self.held = held
        self.lowered: dict[str, Limit] = {}
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, endpoint: str, caller: str, limit: Limit, skew: float) -> dict[str, str]:
        """Count one request; the headers of its answer. Raises Problem 429."""
        lowered = self.lowered.get(endpoint)
        limit = lowered or limit
        most = (limit.app if caller == "app" else limit.user) or limit.user
        most = most if self.held or lowered else most * WIDE
        window = self._window(endpoint, caller, limit.seconds)
        if window.blocked or window.used >= most:
            refusal = Problem(429, "Too Many Requests", "Too Many Requests")
            refusal.headers = _told(most, 0, window.ends + skew)
            raise refusal
        window.used += 1
        return _told(most, most - window.used, window.ends + skew)

    def _window(self, endpoint: str, caller: str, seconds: float) -> _Window:
        window = self._windows.get((endpoint, caller))
        if window is None or window.ends <= time.time():
            window = self._windows[endpoint, caller] = _Window(0, time.time() + seconds)
        return window

    def lower(self, endpoint: str, limit: Limit) -> None:
        """From now on, in fresh windows."""
        self.lowered[endpoint] = limit
        self._windows = {key: window for key, window in self._windows.items() if key[0] != endpoint}

    def block(self, endpoint: str, caller: str, seconds: float) -> None:
        """Nothing goes through for so long."""
        self._windows[endpoint, caller] = _Window(0, time.time() + seconds, blocked=True)

    def clear(self) -> None:
        self.lowered.clear()
        self._windows.clear()


def _told(limit: int, remaining: int, ends: float) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(math.ceil(ends)),
    }
