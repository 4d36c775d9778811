"""Times, names and sentences as the desk writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from kikite.cases.replying import OVERTAKEN
from kikite.desk import marks
from kikite.desk.templatetags.desk import initials, linked
from kikite.desk.writing import at, language_of
from kikite.history.models import Verb
from kikite.networks.contract import Moderation, Reason

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text", "mark"),
    [(0, "0:00", ""), (522, "8:42", ""), (600, "10:00", "close"), (3599, "59:59", "close"), (3600, "1 h 00", "over"),
     (8045, "2 h 14", "over"), (86399, "23 h 59", "over"), (86400, "1 d 0 h", "over"), (-5, "0:00", "")],
)  # fmt: skip
def test_a_waiting_time_runs_and_turns_at_its_marks(seconds: int, text: str, mark: str) -> None:
    since = NOW - timedelta(seconds=seconds)
    with override("en"):
        assert (marks.span(since, NOW), marks.mark(since, NOW)) == (text, mark)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mara K.", "MK"),
        ("木村 さやか", "木"),
        ("owen_b", "OB"),
        ("", "·"),
        ("…", "·"),
        ("Ana María López", "AM"),
        ("émile", "é"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_handles_have_one_at() -> None:
    assert [at(handle) for handle in ("mara", "@mara", "mara@host", "")] == ["@mara", "@mara", "@mara@host", ""]


@pytest.mark.parametrize(
    ("text", "claimed", "language"),
    [
        ("hello", "", ""),
        ("こんにちは", "", "ja"),
        ("hello", "en", "en"),
        ("hello", '"><script>', ""),
        ("x", "zh-Hant", "zh-Hant"),
    ],
)
def test_the_language_of_a_text(text: str, claimed: str, language: str) -> None:
    assert language_of(text, claimed) == language


@given(st.text(max_size=300) | st.text(alphabet="htps:/.<>&\"' a", max_size=120))
def test_customers_text_never_becomes_markup(text: str) -> None:
    """Whatever is written, taking our own link elements away leaves escaped text that reads as it was written."""
    import html
    import re

    shown = re.sub(r'<a href="[^"<>]*" target="_blank" rel="noopener noreferrer nofollow">|</a>', "", linked(text))
    assert "<" not in shown and ">" not in shown
    assert html.unescape(shown) == html.unescape(html.escape(text))


def test_every_refusal_and_every_event_has_a_sentence() -> None:
    from kikite.desk import words

    assert {str(reason) for reason in Reason} | {OVERTAKEN} == words.REFUSALS.keys()
    said = words._SENTENCES.keys() | {Verb.ASSIGNED, Verb.SNOOZED, Verb.WOKEN, Verb.REOPENED, Verb.MODERATED}
    assert said == set(Verb)
    assert words.MODERATED.keys() == words.ACTS.keys() == {str(act) for act in Moderation}
