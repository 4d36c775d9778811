"""Trouble while reading: waiting or a person mends it, and nothing that was kept is touched."""

from __future__ import annotations

from datetime import datetime


class NetworkTrouble(Exception):
    """Reading failed in a way that waiting or a person mends; nothing that was kept is touched."""


class Unauthorised(NetworkTrouble):
    """The network no longer accepts this channel's credentials. Connect the account again."""


class Forbidden(NetworkTrouble):
    """The credentials are right but may not do this: a permission is missing. The text names it."""


class RateLimited(NetworkTrouble):
    """The network asks us to wait until `until`."""

    def __init__(self, until: datetime | None, detail: str = "") -> None:
        super().__init__(detail or "rate limited")
        self.until = until


class Unreachable(NetworkTrouble):
    """The network does not answer, or answers with an error of its own (5xx)."""
