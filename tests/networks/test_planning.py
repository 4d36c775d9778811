"""A plan loses no word, every part fits, and the same draft gives the same plan."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.contract import Counting, Limits
from kikite.networks.counting import weight
from kikite.networks.planning import plan

LIMITS = [
    Limits(280, Counting.WEIGHTED, link_weight=23),
    Limits(300, Counting.GRAPHEMES),
    Limits(500, Counting.CHARACTERS, link_weight=23),
    Limits(40, Counting.WEIGHTED, link_weight=23),
]
PIECES = st.sampled_from(
    [
        "Sorry to hear that. ", "We have moved you to the later flight, ", "it leaves at 18:25", "! ", "? ", "\n\n",
        "申し訳ございません。", "ご予約番号を、", "確認いたします。", "👩‍👩‍👧‍👦", "🇯🇵",
        "@TsubameAir ", "https://tsubame.example/rebook?a=1 ",
        "ｶﾅ", "e\u0301", " ",
    ]
)  # fmt: skip
DRAFTS = st.lists(PIECES | st.text(max_size=30), max_size=60).map("".join)


@pytest.mark.parametrize("limits", LIMITS)
@given(draft=DRAFTS)
def test_nothing_is_lost_and_every_part_fits(draft: str, limits: Limits) -> None:
    planned = plan(draft, limits)
    total = len(planned.parts)
    texts = [
        part.text.removesuffix(f" {number}/{total}") if total > 1 else part.text
        for number, part in enumerate(planned.parts, start=1)
    ]
    assert "".join("".join(texts).split()) == "".join(draft.split())
    for part in planned.parts:
        assert part.weight == weight(part.text, limits)
        assert part.weight <= part.limit or _is_one_piece(part.text)


def _is_one_piece(text: str) -> bool:
    """A single link, name or grapheme that is longer than a whole post cannot be made to fit."""
    return len(regex.sub(r" \d+/\d+$", "", text).split()) <= 1


@given(DRAFTS)
def test_the_same_draft_is_the_same_plan(draft: str) -> None:
    assert plan(draft, LIMITS[0]) == plan(draft, LIMITS[0])


def test_a_short_reply_is_one_part_without_a_number() -> None:
    (part,) = plan("  You are on TA 318, window seat 14A.  ", LIMITS[0]).parts
    assert (part.text, part.weight, part.limit) == ("You are on TA 318, window seat 14A.", 35, 280)


def test_parted_between_sentences_and_numbered() -> None:
    sentence = "We are very sorry that nobody was at the counter when you came. "
    texts = plan(sentence * 6, LIMITS[0]).texts
    assert [text[-4:] for text in texts] == [" 1/2", " 2/2"]
    assert all(text.rsplit(" ", 1)[0].endswith(".") for text in texts)


def test_japanese_is_parted_after_its_full_stop() -> None:
    texts = plan("カウンターに係員がおらず、大変ご迷惑をおかけしました。" * 8, LIMITS[0]).texts
    assert len(texts) == 2
    assert all(text.rsplit(" ", 1)[0].endswith("。") for text in texts)


def test_a_private_message_has_its_own_room() -> None:
    limits = Limits(280, Counting.WEIGHTED, private_length=10_000)
    assert len(plan("word " * 100, limits).parts) == 2
    assert len(plan("word " * 100, limits, private=True).parts) == 1


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("こんにちは", 10),
        ("👩‍👩‍👧‍👦", 2),
        ("see https://example.com/a/very/long/path/that/goes/on/and/on", 27),
        ("cafe\u0301", 4),
        ("ｶﾅ", 4),
    ],
)
def test_weighted_length(text: str, length: int) -> None:
    assert weight(text, LIMITS[0]) == length


def test_mastodon_counts_names_without_their_host() -> None:
    assert weight("@mara@mastodon.example hi", LIMITS[2]) == len("@mara hi")


def test_bluesky_counts_what_people_see() -> None:
    assert weight("👩‍👩‍👧‍👦é日", LIMITS[1]) == 3
