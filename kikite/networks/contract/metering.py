"""Limits and costs: the connector asks before each request, and tells what the network's answer said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Protocol


class Urgency(IntEnum):
    """What goes first when a limit is near: sending before catching up before searching."""

    SENDING = 0
    CATCHING_UP = 1
    SEARCHING = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """What the network's answers said of its limits: `remaining` of `limit` requests until `resets_at`."""

    limit: int
    remaining: int
    resets_at: datetime


class Meter(Protocol):
    """Shared by all workers of an installation. `bucket` names one limit of the network and whose it is, such as
    "user/42/posts" or "app/abc/search": at most 200 characters."""

    def ask(self, bucket: str, urgency: Urgency) -> None:
        """Before a request that the bucket counts. Raises RateLimited while none may be made: then nothing was sent."""

    def told(self, bucket: str, budget: Budget) -> None:
        """What an answer said of the bucket, a refusal's (remaining 0) too."""

    def spent(self, what: str, keys: Collection[str]) -> None:
        """Things of the network's price list (`Capabilities.prices`) that an answer brought or that were sent, by
        their keys: the same key twice in one UTC day counts once where the price says so."""


class Unmetered:
    """The meter of whoever talks to a network outside the installation: nothing is counted, nothing is held back."""

    def ask(self, bucket: str, urgency: Urgency) -> None:
        """Always."""

    def told(self, bucket: str, budget: Budget) -> None:
        """Forgotten."""

    def spent(self, what: str, keys: Collection[str]) -> None:
        """Forgotten."""
