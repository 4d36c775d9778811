"""A plan loses no word, every part fits, nothing whole is cut, and the same draft gives the same plan."""

from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.contract import Accepts, Counting, Limits
from kikite.networks.counting import size, weight
from kikite.networks.planning import PlannedMedia, ReplyPlan, plan
from kikite.networks.text.entities import entities

X = Limits(280, Counting.WEIGHTED, link_weight=23, free_names=True)
BLUESKY = Limits(300, Counting.GRAPHEMES, bytes=3000)
MASTODON = Limits(500, Counting.CHARACTERS, link_weight=23)
LINE = Limits(500, Counting.UTF16)
SHORT = Limits(60, Counting.WEIGHTED, link_weight=23)
TIGHT = Limits(60, Counting.GRAPHEMES, bytes=90)
EVERY = pytest.mark.parametrize("limits", [X, BLUESKY, MASTODON, LINE, SHORT, TIGHT])
PIECES = st.sampled_from(
    [
        "Sorry to hear that. ", "We have moved you to the later flight, ", "it leaves at 18:25", "! ", "? ", "\n\n",
        "申し訳ございません。", "ご予約番号を、", "確認いたします。", "「はい。」と", "👩‍👩‍👧‍👦", "🇯🇵", "❤️", "Mr. ",
        "@TsubameAir ", "@mara@mastodon.example ", "https://tsubame.example/rebook?a=1 ", "tsubame.co.jp/ja",
        "#遅延 ", "12,345.67 ", "+81 3 1234 5678 ", "ｶﾅ", "e\u0301", " ", "\u200d", "…", "^CP", "1/2",
    ]
)  # fmt: skip
DRAFTS = st.lists(PIECES | st.text(max_size=30), max_size=60).map("".join)
SIGNATURES = st.sampled_from(["", "^CP", "^さやか"])


def words(planned: ReplyPlan, signature: str = "", *, each: bool = False) -> list[str]:
    """The parts without what the plan put behind them."""
    total = len(planned.parts)
    bare = []
    for number, full in enumerate(planned.texts, start=1):
        text = full.removesuffix(f"{number}/{total}").rstrip() if total > 1 else full
        bare.append(text.removesuffix(signature).rstrip() if each or number == total else text)
    return bare


@EVERY
@given(draft=DRAFTS, signature=SIGNATURES, each=st.booleans())
def test_nothing_is_lost_and_every_part_fits(draft: str, limits: Limits, signature: str, each: bool) -> None:
    planned = plan(draft, limits, signature=signature, sign_each=each)
    said = "".join("".join(words(planned, signature, each=each)).split())
    assert said == "".join(unsigned(draft.strip(), signature).split())
    for part in planned.parts:
        assert part.weight == weight(part.text, limits) <= part.limit == limits.length
        assert limits.bytes is None or size(part.text) <= limits.bytes


def unsigned(draft: str, signature: str) -> str:
    """Without the signature that its author wrote."""
    rest = draft.removesuffix(signature)
    return draft if rest[-1:].strip() else rest


@given(DRAFTS, SIGNATURES)
def test_the_same_draft_is_the_same_plan(draft: str, signature: str) -> None:
    assert plan(draft, X, signature=signature) == plan(draft, X, signature=signature)


@EVERY
@given(draft=DRAFTS)
def test_nothing_whole_is_cut(draft: str, limits: Limits) -> None:
    """Links, names, tags and what people see as one character stay whole, unless one alone is longer than a part."""
    draft = draft.strip()
    cuts = places(draft, words(plan(draft, limits)))
    wholes = [(one.start, one.end) for one in entities(draft)]
    wholes += [found.span() for found in regex.finditer(r"\X", draft) if len(found[0]) > 1]
    for start, end in wholes:
        if any(start < cut < end for cut in cuts):
            alone = draft[start:end]
            assert not plan_fits(alone, limits), (alone, cuts)


def plan_fits(text: str, limits: Limits) -> bool:
    """With the number behind it."""
    return weight(f"{text} 10/10", limits) <= limits.length and (
        limits.bytes is None or size(f"{text} 10/10") <= limits.bytes
    )


def places(draft: str, parts: list[str]) -> list[int]:
    """Where the draft was cut."""
    at, found = 0, []
    for part in parts:
        at = draft.index(part, at) + len(part)
        found.append(at)
    return found[:-1]


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=400), st.integers(30, 90))
def test_anything_can_be_planned(draft: str, length: int) -> None:
    for counting in Counting:
        planned = plan(draft, Limits(length, counting, link_weight=23, bytes=length * 2), signature="^CP")
        assert all(part.weight <= length for part in planned.parts)


# --- where it is parted ---------------------------------------------------------------------------------------------


def test_a_short_reply_is_one_part_without_a_number() -> None:
    (part,) = plan("  You are on TA 318, window seat 14A.  ", X).parts
    assert (part.text, part.weight, part.limit) == ("You are on TA 318, window seat 14A.", 35, 280)


def test_parted_between_sentences_and_numbered() -> None:
    sentence = "We are very sorry that nobody was at the counter when you came. "
    texts = plan(sentence * 6, X).texts
    assert [text[-4:] for text in texts] == [" 1/2", " 2/2"]
    assert all(text.rsplit(" ", 1)[0].endswith(".") for text in texts)


def test_japanese_is_parted_after_its_full_stop() -> None:
    texts = plan("カウンターに係員がおらず、大変ご迷惑をおかけしました。" * 8, X).texts
    assert len(texts) == 2
    assert all(text.rsplit(" ", 1)[0].endswith("。") for text in texts)


@pytest.mark.parametrize(
    ("draft", "first"),
    [
        ("We have asked Mr. Sato. He will call you back today.", "We have asked Mr. Sato."),
        ("Bring it by 6 p.m. to the desk. Ask there for Yuki Mori.", "Bring it by 6 p.m. to the desk."),
        ("It is 12,345.67 yen. Please pay it at the counter now.", "It is 12,345.67 yen."),
        ("Yes, really... it is gone. We will send you another one.", "Yes, really... it is gone."),
        ("Try tsubame.example/a.b. If it fails, please write to us.", "Try tsubame.example/a.b."),
        ("Say “please wait.” Then show them this very message, OK?", "Say “please wait.”"),
        ("「お待ちください。」とお伝えください。次の便は十八時です。", "「お待ちください。」とお伝えください。"),
        ("本当ですか！？（はい。）では、お席をお取りいたしますね。", "本当ですか！？（はい。）"),
        ("No news yet!\n\nWe will write again at noon, we promise you.", "No news yet!"),
    ],
)
def test_borders_of_sentences(draft: str, first: str) -> None:
    limits = Limits(44, Counting.WEIGHTED, link_weight=23)
    assert words(plan(draft, limits))[0] == first


@pytest.mark.parametrize(
    "whole",
    ["+81 3 1234 5678", "25 November 2026", "TA 318", "Mr. Sato", "6:25 p.m.", "$12,345.67", "K7PQ2M", "取り消し"],
)
def test_what_belongs_together_stays_together(whole: str) -> None:
    for before in range(30):
        draft = f"{'日本' * 4 if whole == '取り消し' else 'aa ' * before}{whole} {'bb ' * 20}"
        assert any(whole in text for text in plan(draft, SHORT).texts), draft


def test_the_parts_are_about_equally_long() -> None:
    draft = "These are words without any full stop and they go on and on " * 5
    first, second = plan(draft[:285], X).parts
    assert abs(first.weight - second.weight) < 60


def test_no_scrap_is_left_for_the_last_part() -> None:
    draft = f"{'We moved you to the flight of eleven. ' * 7}You are welcome. Have a good trip."
    assert plan(draft, X).parts[-1].weight > 60


def test_another_part_spares_a_sentence_from_being_cut_between_two_words() -> None:
    draft = " ".join(["one two three four five six seven eight nine ten eleven twelve thirteen fourteen end."] * 6)
    assert all(text.endswith("end.") for text in words(plan(draft, X)))


def test_a_private_message_has_its_own_room_and_its_own_unit() -> None:
    limits = Limits(280, Counting.WEIGHTED, private_length=1000, private_counting=Counting.UTF16)
    assert len(plan("word " * 100, limits).parts) == 2
    assert len(plan("word " * 100, limits, private=True).parts) == 1
    assert plan("日本😀", limits, private=True).parts[0].weight == 4


def test_bytes_part_what_graphemes_would_not() -> None:
    family = "👩‍👩‍👧‍👦 " * 140  # 280 graphemes, 3,640 bytes
    assert weight(family, BLUESKY) <= 300
    assert len(plan(family, BLUESKY).parts) == 2


# --- signing --------------------------------------------------------------------------------------------------------


def test_signed_on_the_last_part_or_on_each() -> None:
    draft = "We are very sorry that nobody was at the counter when you came. " * 6
    assert [text[-8:] for text in plan(draft, X, signature="^CP").texts] == ["ame. 1/2", " ^CP 2/2"]
    each = plan(draft, X, signature="^CP", sign_each=True).texts
    assert [text[-8:] for text in each] == [" ^CP 1/2", " ^CP 2/2"]


@pytest.mark.parametrize("each", [True, False])
def test_what_is_signed_is_not_signed_again(each: bool) -> None:
    assert plan("All done! ^CP", X, signature="^CP", sign_each=each).texts == ["All done! ^CP"]
    assert plan("Code x^CP", X, signature="^CP", sign_each=each).texts == ["Code x^CP ^CP"]


def test_the_signature_needs_room() -> None:
    exactly = "word " * 55 + "end"  # 278
    assert len(plan(exactly, X).parts) == 1
    assert len(plan(exactly, X, signature="^CP").parts) == 2


# --- names ----------------------------------------------------------------------------------------------------------


def test_the_names_of_those_who_are_answered_weigh_nothing_at_the_head() -> None:
    text = "@Mara @Tsubame hi"
    assert weight(text, X, names=["mara", "@tsubame"]) == len("hi")
    assert weight(text, X, names=["mara"]) == len("@Tsubame hi")
    assert weight(text, X) == len(text)
    assert weight(text, MASTODON, names=["mara", "tsubame"]) == len(text)


def test_names_at_the_head_make_room_in_the_first_part_alone() -> None:
    draft = "@mara " + "x" * 280
    assert plan(draft, X, names=["mara"]).texts == [draft]
    assert len(plan(draft, X).parts) == 2


# --- media ----------------------------------------------------------------------------------------------------------

PICTURE, VIDEO = PlannedMedia("image", "image/png"), PlannedMedia("video", "video/mp4")
MIXED = Limits(
    280, Counting.WEIGHTED, media=4, private_media=1,
    accepts=(Accepts("image", ("image/png",), 5_000_000), Accepts("video", ("video/mp4",), 10**9, alone=True)),
)  # fmt: skip


def hangings(planned: ReplyPlan) -> list[tuple[int, ...]]:
    return [part.media for part in planned.parts]


def test_the_first_part_takes_the_pictures_and_the_rest_follows() -> None:
    planned = plan("Here they are.", MIXED, media=[PICTURE] * 6, signature="^CP")
    assert hangings(planned) == [(0, 1, 2, 3), (4, 5)]
    assert planned.texts == ["Here they are. 1/2", "^CP 2/2"]


def test_a_video_stands_alone() -> None:
    assert hangings(plan("See.", MIXED, media=[PICTURE, VIDEO, PICTURE])) == [(0,), (1,), (2,)]


def test_a_private_message_takes_one() -> None:
    assert hangings(plan("See.", MIXED, private=True, media=[PICTURE] * 2)) == [(0,), (1,)]


def test_a_picture_needs_no_words() -> None:
    (part,) = plan("", MIXED, media=[PICTURE]).parts
    assert (part.text, part.media) == ("", (0,))


def test_what_the_network_does_not_take_is_named() -> None:
    planned = plan("See.", MIXED, media=[PlannedMedia("file", "application/pdf"), PICTURE])
    assert (hangings(planned), planned.left) == ([(1,)], (0,))
    assert plan("See.", Limits(280, media=0), media=[PICTURE]).left == (0,)


@given(st.lists(st.sampled_from([PICTURE, VIDEO]), max_size=12), DRAFTS)
def test_every_picture_hangs_once_and_in_order(media: list[PlannedMedia], draft: str) -> None:
    planned = plan(draft, MIXED, media=media)
    assert [place for part in planned.parts for place in part.media] == list(range(len(media)))
    assert all(len(part.media) <= 4 for part in planned.parts)


# --- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [
        "word and word. ",
        "漢字かな混じり",
        "x",
        "a.b.",
        "@a ",
        "👩‍👩‍👧‍👦",
        "(",
        "https://t.co/a?",
        "a.com",
        "1 ",
        "「",
        "#あ",
    ],
)
def test_a_book_is_planned_in_time_that_grows_with_it(unit: str) -> None:
    """Four times the text takes less than twelve times as long, whatever is written."""
    short, long = (spent(unit * (length // len(unit))) for length in (5_000, 20_000))
    assert long < 12 * short + 0.1


def spent(draft: str) -> float:
    """Seconds of processor time, the least of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        plan(draft, X, signature="^CP")
        times.append(time.process_time() - begun)
    return min(times)


# --- weights --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("こんにちは", 10),
        ("👩‍👩‍👧‍👦", 2),
        ("see https://example.com/a/very/long/path/that/goes/on/and/on", 27),
        ("see example.com", 27),
        ("cafe\u0301", 4),
        ("ｶﾅ", 4),
    ],
)
def test_weighted_length(text: str, length: int) -> None:
    assert weight(text, X) == length


def test_mastodon_counts_names_without_their_host() -> None:
    assert weight("@mara@mastodon.example hi", MASTODON) == len("@mara hi")
    assert weight("mail to mara@mastodon.example", MASTODON) == len("mail to mara@mastodon.example")


def test_bluesky_counts_what_people_see() -> None:
    assert weight("👩‍👩‍👧‍👦é日", BLUESKY) == 3


def test_meta_and_line_count_utf16_units() -> None:
    assert weight("é日😀", LINE) == 4
