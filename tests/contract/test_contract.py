"""The contract suite over every stage (see `conftest.STAGES`)."""

from __future__ import annotations

from .acting import Acting
from .connecting import Connecting
from .hearing import Hearing
from .hooked import Hooked, hooked
from .nonsense import Nonsense
from .suite import Reading, Sending, Trouble, customer

__all__ = [
    "TestActing",
    "TestConnecting",
    "TestHearing",
    "TestHooked",
    "TestNonsense",
    "TestReading",
    "TestSending",
    "TestTrouble",
    "customer",
    "hooked",
]


class TestReading(Reading): ...


class TestSending(Sending): ...


class TestTrouble(Trouble): ...


class TestHearing(Hearing): ...


class TestActing(Acting): ...


class TestHooked(Hooked): ...


class TestConnecting(Connecting): ...


class TestNonsense(Nonsense): ...
