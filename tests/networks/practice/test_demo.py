"""The demo's customers: every story can be lived to its end, and nobody piles up."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from kikite.networks.practice import people, posts
from kikite.networks.practice.counting import LENGTH, weight
from kikite.networks.practice.demo import BRAND, pictures
from kikite.networks.practice.demo.cast import EXTRAS
from kikite.networks.practice.demo.engine import MOST_WAITING, Demo
from kikite.networks.practice.demo.props import props
from kikite.networks.practice.demo.script import Story, stories
from kikite.networks.practice.store import Store

ALL = [*stories("en"), *stories("ja")]
# An answer that satisfies everybody, in both languages.
GOOD = (
    "So sorry. Done and confirmed: seat 14A, somebody is on the way in 5 minutes, found it, run left, 3 days."
    " 手配しました、5分で係が参ります。3日です。"
)
START = 1_800_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "practice.sqlite")
    yield store
    store.close()


def live(demo: Demo, seconds: float, now: float, after: Callable[[], None] = lambda: None) -> float:
    """Let the demo live for so long without waiting for it; the moment it then is."""
    end = now + seconds
    while now < end:
        now += demo.step(now)
        after()
    return now


def answering(store: Store, words: str) -> Callable[[], None]:
    """A brand that answers every customer's newest word."""
    answered: set[int] = set()

    def answer() -> None:
        brand = people.get(store, BRAND.handle)
        for row in store.rows("SELECT * FROM post WHERE author <> ? AND deleted_at IS NULL ORDER BY id", brand["id"]):
            if row["id"] in answered:
                continue
            answered.add(row["id"])
            if row["conversation"] is None:
                posts.publish(store, brand, words, reply_to=str(row["id"]))
            else:
                posts.whisper(store, brand, people.by_id(store, row["author"]), words)

    return answer


def test_the_field_s_stories_are_told_in_both_languages() -> None:
    told = {(story.lang, story.tells) for story in ALL}
    assert {(lang, key) for lang in ("en", "ja") for key in ("S1", "S4", "S7", "S9", "S10", "S12")} <= told
    assert len({story.key for story in ALL}) == len(ALL)
    assert len({story.person.handle for story in ALL} | {person.handle for person in EXTRAS}) == len(ALL) + len(EXTRAS)


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.key)
def test_every_word_of_a_story_fits(story: Story) -> None:
    fields = props(story.lang, random.Random(7), datetime(2026, 10, 30, 9, tzinfo=UTC))
    acts = [*story.opens, *(act for turn in story.turns for act in turn.acts)]
    texts = [*story.bumps, *(act.text for act in acts), *(text for turn in story.turns for text in turn.grumbles)]
    for text in texts:
        filled = text.format_map(fields)
        assert weight(filled) <= LENGTH and "{" not in filled
    for act in acts:
        if act.picture:
            content, alt = pictures.draw(act.picture, fields)
            assert content.startswith(b"\x89PNG") and len(content) < 60_000 and "{" not in alt


def test_first_customer_comes_at_once_and_addresses_the_brand(store: Store) -> None:
    live(Demo(store, seed=1), 3.0, START)
    (post,) = store.rows("SELECT * FROM post")[:1]
    assert "@TsubameAir" in post["text"]
    assert store.row("SELECT 1 FROM event WHERE account = ?", people.get(store, BRAND.handle)["id"])


def test_who_did_not_address_the_brand_is_heard_all_the_same(store: Store) -> None:
    live(Demo(store, seed=1), 60, START)
    events = [orjson.loads(event["data"]) for event in store.rows("SELECT data FROM event")]
    assert any(event["why"] == "heard" and "ツバメ航空" in event["text"] for event in events)


def test_answered_customers_thank_and_leave(store: Store) -> None:
    demo = Demo(store, seed=2)
    live(demo, 60 * 60, START, answering(store, GOOD))
    first_round = store.rows("SELECT * FROM play WHERE done ORDER BY id LIMIT ?", len(ALL) - 4)
    assert len(first_round) == len(ALL) - 4, "some story never ends although everybody is answered"
    assert demo.waiting() < 10
    assert store.rows("SELECT * FROM post WHERE edited_at IS NOT NULL")
    assert store.rows("SELECT * FROM media WHERE post IS NOT NULL")
    locator = store.row("SELECT text FROM post WHERE conversation IS NOT NULL AND text LIKE 'Booking %'")
    assert locator is not None and re.search(r"Booking [A-Z0-9]{6}\.", locator["text"])


def test_bad_answers_are_not_taken(store: Store) -> None:
    demo = Demo(store, seed=3)
    live(demo, 30 * 60, START, answering(store, "Please see https://tsubame.example/help"))
    texts = [row["text"] for row in store.rows("SELECT text FROM post")]
    assert "That is not a number of days. How many?" in texts
    assert "Never mind. I have asked my bank to take it back instead." in texts


def test_nobody_answers_and_nobody_piles_up(store: Store) -> None:
    demo = Demo(store, seed=4)
    now = live(demo, 6 * 60 * 60, START)
    assert demo.waiting() == MOST_WAITING
    count = store.rows("SELECT * FROM post")
    live(demo, 6 * 60 * 60, now)
    assert len(store.rows("SELECT * FROM post")) == len(count)
    texts = [row["text"] for row in count]
    assert "@TsubameAir any update?" in texts and "@TsubameAir その後いかがでしょうか" in texts
    assert store.rows("SELECT * FROM post WHERE deleted_at IS NOT NULL")


def test_goes_on_after_a_restart(store: Store) -> None:
    now = live(Demo(store, seed=5), 5 * 60, START)
    before = Demo(store, seed=6)
    waiting = {play.handle for play in before.plays if play.waiting_since}
    assert waiting
    live(before, 3 * 60, now, answering(store, GOOD))
    liked = store.rows("SELECT DISTINCT a.handle FROM liked JOIN account a ON a.id = liked.account")
    assert waiting & {row["handle"] for row in liked}


def test_unfit_posts_of_the_brand_confuse_nobody(store: Store) -> None:
    demo = Demo(store, seed=7)
    now = live(demo, 30, START)
    brand = people.get(store, BRAND.handle)
    row = posts.publish(store, brand, "Good morning from Narita")
    posts.delete(store, posts.publish(store, brand, "Oops", reply_to=str(demo.plays[0].root)))
    posts.publish(store, brand, "To myself", reply_to=str(row["id"]))
    waiting = demo.waiting()
    demo.step(now + 0.01)
    assert demo.waiting() >= waiting
