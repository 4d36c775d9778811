"""What an agent is told before writing: whether, how and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.answering import Asked, How, Permit, Why, permit
from kikite.networks.contract import Capabilities

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PLAIN = Capabilities(private_messages=True)
X_LIKE = replace(PLAIN, summons=True, hand_over=True)
META_LIKE = replace(PLAIN, window=DAY, human_window=7 * DAY, private_reply=7 * DAY)


def ago(time: timedelta, *, private: bool = True, **more: bool) -> Asked:
    return Asked(private, NOW - time, **more)


@pytest.mark.parametrize(
    ("able", "asked", "private", "expected"),
    [
        (PLAIN, ago(DAY, private=False, named=False), False, Permit(How.SEND)),
        (X_LIKE, ago(DAY, private=False), False, Permit(How.SEND)),
        (X_LIKE, ago(DAY, private=False, named=False), False, Permit(How.HAND_OVER, Why.UNSUMMONED)),
        (replace(X_LIKE, hand_over=False), ago(DAY, private=False, named=False), False,
         Permit(How.NEVER, Why.UNSUMMONED)),
        (X_LIKE, ago(DAY, sealed=True), True, Permit(How.HAND_OVER, Why.SEALED)),
        (PLAIN, ago(300 * DAY), True, Permit(How.SEND)),
        (META_LIKE, ago(DAY / 2), True, Permit(How.SEND, until=NOW + DAY / 2)),
        (META_LIKE, ago(DAY), True, Permit(How.SEND, until=NOW + 6 * DAY, late=True)),
        (META_LIKE, ago(7 * DAY), True, Permit(How.NEVER, Why.CLOSED)),
        (replace(META_LIKE, human_window=None), ago(DAY), True, Permit(How.NEVER, Why.CLOSED)),
        (META_LIKE, ago(DAY, private=False), True, Permit(How.SEND, until=NOW + 6 * DAY, about=True)),
        (META_LIKE, ago(DAY, private=False, used=True), True, Permit(How.NEVER, Why.ONCE)),
        (META_LIKE, ago(7 * DAY, private=False), True, Permit(How.NEVER, Why.COLD)),
        (replace(PLAIN, cold_private=True), ago(DAY, private=False), True, Permit(How.SEND)),
        (X_LIKE, ago(DAY, private=False), True, Permit(How.HAND_OVER, Why.COLD)),
    ],
)  # fmt: skip
def test_rules(able: Capabilities, asked: Asked, private: bool, expected: Permit) -> None:
    assert permit(able, asked, private=private, now=NOW) == expected


_ABLE = st.builds(
    Capabilities,
    private_messages=st.just(True),
    cold_private=st.booleans(),
    summons=st.booleans(),
    hand_over=st.booleans(),
    window=st.none() | st.timedeltas(timedelta(hours=1), 3 * DAY),
    human_window=st.none() | st.timedeltas(3 * DAY, 9 * DAY),
    private_reply=st.none() | st.timedeltas(timedelta(hours=1), 9 * DAY),
)
_ASKED = st.builds(
    Asked,
    private=st.booleans(),
    at=st.datetimes(datetime(2026, 2, 1), datetime(2026, 3, 1, 12), timezones=st.just(UTC)),  # noqa: DTZ001
    named=st.booleans(),
    sealed=st.booleans(),
    used=st.booleans(),
)


@given(_ABLE, _ASKED, st.booleans(), st.timedeltas(timedelta(seconds=1), 9 * DAY))
def test_what_is_told_holds_until_then_and_no_longer(
    able: Capabilities, asked: Asked, private: bool, later: timedelta
) -> None:
    now = permit(able, asked, private=private, now=NOW)
    then = permit(able, asked, private=private, now=NOW + later)
    if now.until is None or NOW + later < now.until:
        assert then == now
    else:
        assert then.until != now.until and not (then.how is How.SEND and then.until and then.until <= NOW + later)


@given(_ABLE, _ASKED, st.booleans())
def test_a_reason_for_everything_that_is_not_simply_sent(able: Capabilities, asked: Asked, private: bool) -> None:
    told = permit(able, asked, private=private, now=NOW)
    assert (told.why is None) == (told.how is How.SEND)
    assert told.how is not How.HAND_OVER or able.hand_over
