"""The contract suite over every stage (see `conftest.STAGES`)."""

from __future__ import annotations

from .suite import Reading, Sending, Trouble, customer

__all__ = ["TestReading", "TestSending", "TestTrouble", "customer"]


class TestReading(Reading): ...


class TestSending(Sending): ...


class TestTrouble(Trouble): ...
