"""Whether, how and until when a customer's message can be answered: told before an agent writes, from data alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .contract import Capabilities


class How(StrEnum):
    """Who puts the answer on the network: we, by its API; a person, in its own app; or nobody."""

    SEND = "send"
    HAND_OVER = "hand_over"
    NEVER = "never"


class Why(StrEnum):
    """Why it is not simply sent."""

    UNSUMMONED = "unsummoned"  # the author named no account of ours
    SEALED = "sealed"  # encrypted end to end
    CLOSED = "closed"  # the window after their last private message is over
    ONCE = "once"  # a comment is answered privately one time alone
    COLD = "cold"  # they have not written privately, and the network does not let us begin


@dataclass(frozen=True, slots=True)
class Asked:
    """What there is to answer. `named`: its author summoned the answering account. `used`: it was answered privately
    before, as a comment."""

    private: bool
    at: datetime
    named: bool = True
    sealed: bool = False
    used: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """How it can be answered. `until`: when that ends (None: not by itself). `late`: only people may, no machine.
    `about`: it goes as the one private answer to a public comment."""

    how: How
    why: Why | None = None
    until: datetime | None = None
    late: bool = False
    about: bool = False


def permit(able: Capabilities, asked: Asked, *, private: bool, now: datetime) -> Permit:
    """Whether and how `asked` can be answered, privately or for everybody, at the moment `now`."""
    if not private:
        return _publicly(able, asked)
    return _privately(able, asked, now) if asked.private else _moved(able, asked, now)


def _publicly(able: Capabilities, asked: Asked) -> Permit:
    if able.summons and not asked.named:
        return _by_hand(able, Why.UNSUMMONED)
    return Permit(How.SEND)


def _privately(able: Capabilities, asked: Asked, now: datetime) -> Permit:
    """A private message answered in its conversation."""
    if asked.sealed:
        return _by_hand(able, Why.SEALED)
    if able.window is None or now < asked.at + able.window:
        return Permit(How.SEND, until=asked.at + able.window if able.window else None)
    if able.human_window is not None and now < asked.at + able.human_window:
        return Permit(How.SEND, until=asked.at + able.human_window, late=True)
    return Permit(How.NEVER, Why.CLOSED)


def _moved(able: Capabilities, asked: Asked, now: datetime) -> Permit:
    """A public message answered privately."""
    if able.private_reply is not None and not asked.used and now < asked.at + able.private_reply:
        return Permit(How.SEND, until=asked.at + able.private_reply, about=True)
    if able.cold_private:
        return Permit(How.SEND)
    return _by_hand(able, Why.ONCE if able.private_reply is not None and asked.used else Why.COLD)


def _by_hand(able: Capabilities, why: Why) -> Permit:
    return Permit(How.HAND_OVER if able.hand_over else How.NEVER, why)
