"""The server's own count must never refuse what the desk's exact count lets pass."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kikite.networks import counting
from kikite.networks.contract import Account
from kikite.networks.practice import network
from kikite.networks.practice.counting import weight

PIECES = st.sampled_from(
    [
        "hello ",
        "日本語。",
        "👨‍👩‍👧‍👦",
        "🇯🇵",
        "👍🏽",
        "1️⃣",
        "https://tsubame.example/a/b?c=d ",
        "é",
        "e\u0301",
        "@TsubameAir ",
        "\n",
        "…",
        "ﬁ",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
@example("@a @b " + "x" * 280)
def test_never_more_than_the_desk_s_count(text: str) -> None:
    assert weight(text) <= counting.weight(text, network.limits(Account("", "", "")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 280, 280),
        ("あ" * 140, 280),
        ("x https://tsubame.example/" + "y" * 200, 25),
        ("👨‍👩‍👧‍👦", 2),
        ("@a @b hello", 5),
    ],
)
def test_weight(text: str, expected: int) -> None:
    assert weight(text) == expected
