"""Which posts a listener's query fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.bluesky.matching import matcher, normal


@pytest.mark.parametrize(
    ("query", "text", "fits"),
    [
        ("delay", "Another DELAY at Narita", True),
        ("delay", "Delayed again", False),
        ("delay", "(delay)", True),
        ("ana", "a banana", False),
        ("ana", "ANAの遅延", True),
        ("ana", "今日もANAです", True),
        ("遅延", "今日は遅延しています", True),
        ("カバン", "ｶﾊﾞﾝがない", True),
        ("カバン", "カバン", True),
        ("straße", "STRASSE", True),
        ("tap bag", "My bag, TAP!", True),
        ("tap bag", "My TAP flight", False),
        ('"lost bag"', "a lost   bag", True),
        ('"lost bag"', "the bag is lost", False),
        ("bag -handbag", "my bag", True),
        ("bag -handbag", "my bag is a handbag", False),
        ("鞄 OR 荷物", "荷物が届かない", True),
        ("鞄 OR 荷物", "財布がない", False),
        ("#delay", "so sad #Delay", True),
        ("#遅延", "＃遅延　つらい", True),
        ("@tap", "hey @TAP!", True),
        ("tp123", "ＴＰ１２３ is late", True),
        ("", "anything", False),
        ("-bag", "anything", False),
        ("OR", "or", False),
        ('"', 'a " b', True),
    ],
)
def test_fits(query: str, text: str, fits: bool) -> None:
    assert matcher([query])(text) is fits


def test_one_of_several_is_enough() -> None:
    fits = matcher(["bag", "遅延"])
    assert fits("my bag") and fits("遅延です") and not fits("nothing")
    assert not matcher([])("my bag")


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_query_meets_any_text(query: str, text: str) -> None:
    assert matcher([query])(text) in (True, False)


@given(st.text(alphabet="あいう荷物遅延abc ", min_size=1, max_size=20), st.text(alphabet="。、 !", max_size=5))
def test_a_text_fits_its_own_words(words: str, around: str) -> None:
    wanted = " ".join(words.split())
    if wanted:
        assert matcher([f'"{wanted}"'])(f"{around}{words.upper()}{around}")


@given(st.text(max_size=80))
def test_normal_is_settled(text: str) -> None:
    assert normal(normal(text)) == normal(text)
