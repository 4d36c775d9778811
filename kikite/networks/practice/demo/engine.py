"""The engine that lets practice customers come, wait, ask again, and answer when they are answered.

Everything it knows stands in the practice network's file, so a restart goes on where it was. `step` does what is due
at a given moment and is all there is; `run` calls it in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from datetime import UTC, datetime
from itertools import zip_longest

from .. import people, pictures, posts
from ..refusal import Refusal
from ..store import Store
from . import pictures as drawn
from .brand import BRAND
from .cast import EXTRAS
from .plays import Play, keep, load
from .props import props
from .script import PAUSES, Act, Person, Story, stories

MOST_WAITING = 40  # so many unanswered customers, and nobody new comes
FIRST_GUESTS = 5  # who come at once, so that there is something to see
SOON, THEN = (2.0, 6.0), (20.0, 60.0)  # seconds between two customers, at first and later
BETWEEN_BUMPS = 4.0  # so that they do not all speak up together after a night's break
READING = 4.0  # seconds that a customer reads on when an answer has several parts


class Demo:
    """`pace` 2 is twice as fast as life. Times are Unix seconds."""

    def __init__(self, store: Store, pace: float = 1.0, seed: int | None = None) -> None:
        self.store = store
        self.pace = pace
        self._chance = random.Random(seed)
        self.stories = in_turn(stories("en"), stories("ja"))
        self._brand = people.ensure_brand(store, BRAND.handle, BRAND.name, list(BRAND.terms), BRAND.bio)["id"]
        self.plays = load(store)
        self._heard = int(store.note("demo.heard") or 0)
        self._come = int(store.note("demo.come") or 0)
        self._next_arrival = 0.0
        self._next_bump = 0.0

    async def run(self) -> None:
        fresh = asyncio.Event()
        with self.store.watched(fresh.set):
            while True:
                fresh.clear()
                pause = self.step(time.time())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await fresh.wait()
                await asyncio.sleep(0.2)  # traffic in bulk wakes us once, not for every post

    def step(self, now: float) -> float:
        """Do what is due; the seconds until something will be."""
        self._listen(now)
        for play in [play for play in self.plays if play.queue]:
            self._perform(play, now)
        self._bump(now)
        if now >= self._next_arrival:
            self._next_arrival = now + self._chance.uniform(*(SOON if self._come < FIRST_GUESTS else THEN)) / self.pace
            if self.waiting() < MOST_WAITING:
                self._arrive(now)
        self.plays = [play for play in self.plays if not play.done]
        due: list[float] = [act["due"] for play in self.plays for act in play.queue]
        return max(0.05, min([self._next_arrival, now + BETWEEN_BUMPS / self.pace, *due]) - now)

    def waiting(self) -> int:
        return sum(1 for play in self.plays if play.waiting_since)

    # --- what they hear ---

    def _listen(self, now: float) -> None:
        rows = self.store.rows(
            "SELECT * FROM post WHERE author = ? AND id > ? AND deleted_at IS NULL ORDER BY id",
            self._brand,
            self._heard,
        )
        for row in rows:
            play = self._addressed(row)
            if play is not None:
                self._answered(play, row, now)
        if rows:
            self._heard = rows[-1]["id"]
            self.store.keep_note("demo.heard", str(self._heard))

    def _addressed(self, row: sqlite3.Row) -> Play | None:
        """The newest play that this post of the brand answers."""
        for play in reversed(self.plays):
            if play.done:
                continue
            if row["conversation"] is None and row["root"] == play.root and row["reply_to"]:
                return play
            if row["conversation"] is not None and row["recipient"] == people.get(self.store, play.handle)["id"]:
                return play
        return None

    def _answered(self, play: Play, row: sqlite3.Row, now: float) -> None:
        play.answer, play.private = row["id"], row["conversation"] is not None
        if play.waiting_since:
            play.waiting_since = 0.0
            play.queue = [act for act in play.queue if act["kind"] != "erase"]
            self._react(play, self.stories[play.story], row["text"], now)
        else:  # another part of what they are reading already
            for act in play.queue:
                act["due"] = max(act["due"], now + READING / self.pace)
        keep(self.store, play)

    def _react(self, play: Play, story: Story, answer: str, now: float) -> None:
        if play.turn >= len(story.turns):
            play.done = not play.queue
            return
        turn = story.turns[play.turn]
        content = turn.wants.search(answer) is not None
        if not content and play.grumbles < len(turn.grumbles):
            self._plan(play, Act("say", turn.grumbles[play.grumbles], PAUSES["say"]), now)
            play.grumbles += 1
            return
        gone = not content and bool(turn.gives_up)
        play.turn = len(story.turns) if gone else play.turn + 1
        play.grumbles = 0
        due = now
        for act in (Act("say", turn.gives_up, PAUSES["say"]),) if gone else turn.acts:
            due = self._plan(play, act, due)

    def _plan(self, play: Play, act: Act, start: float) -> float:
        due = start + act.after * self._chance.uniform(0.7, 1.5) / self.pace
        play.plan(act.kind, act.text, act.picture, due)
        return due

    # --- what they do ---

    def _perform(self, play: Play, now: float) -> None:
        due = [act for act in play.queue if act["due"] <= now]
        if not due:
            return
        play.queue = [act for act in play.queue if act["due"] > now]
        for act in due:
            with contextlib.suppress(Refusal):  # what they answer may be gone by now; they let it be
                self._do(play, act["kind"], act["text"], act["picture"], now)
        if not play.queue and not play.waiting_since:
            play.done = True
        keep(self.store, play)

    def _do(self, play: Play, kind: str, text: str, picture: str, now: float) -> None:
        who = people.get(self.store, play.handle)
        if kind == "say":
            kind = "whisper" if play.private else "post"
        if kind == "like":
            posts.like(self.store, posts.get(self.store, play.answer), who)
        elif kind == "edit":
            posts.edit(self.store, posts.get(self.store, play.last), text)
        elif kind == "erase":
            posts.delete(self.store, posts.get(self.store, play.last))
            play.waiting_since, play.done = 0.0, True
        else:
            self._speak(play, who, kind, text, picture)
            finished = play.turn and play.turn >= len(self.stories[play.story].turns)
            play.waiting_since = 0.0 if finished else play.waiting_since or now

    def _speak(self, play: Play, who: sqlite3.Row, kind: str, text: str, picture: str) -> None:
        media = []
        if picture:
            content, alt = drawn.draw(picture, play.props)
            media = [pictures.take(self.store, who, content, "image/png", alt)["id"]]
        lang = self.stories[play.story].lang
        if kind == "whisper":
            brand = people.by_id(self.store, self._brand)
            play.private = True
            row = posts.whisper(self.store, who, brand, text, lang=lang, media=media)
        else:
            parent = play.last if play.private or not play.answer else play.answer
            row = posts.publish(self.store, who, text, reply_to=str(parent or ""), lang=lang, media=media)
        play.last, play.root = row["id"], play.root or row["root"]

    def _bump(self, now: float) -> None:
        """Whoever waited too long asks again."""
        if now < self._next_bump:
            return
        for play in self.plays:
            story = self.stories[play.story]
            if not play.waiting_since or play.queue or play.bumps >= len(story.bumps):
                continue
            if now - play.waiting_since >= story.patience * (play.bumps + 1) / self.pace:
                play.plan("whisper" if play.private else "post", story.bumps[play.bumps], "", now)
                play.bumps += 1
                self._next_bump = now + BETWEEN_BUMPS / self.pace
                self._perform(play, now)
                break

    # --- who comes ---

    def _arrive(self, now: float) -> None:
        story, person = self._next_story()
        people.ensure(self.store, person.handle, name=person.name, followers=person.followers, bio=person.bio or None)
        fields = props(story.lang, self._chance, datetime.fromtimestamp(now, UTC))
        if self._come < len(self.stories):
            fields |= story.props
        play = Play(story.key, person.handle, fields)
        due = now
        for act in story.opens:
            due += act.after / self.pace
            play.plan(act.kind, act.text, act.picture, due)
        self.plays.append(play)
        self._come += 1
        self.store.keep_note("demo.come", str(self._come))
        self._perform(play, now)

    def _next_story(self) -> tuple[Story, Person]:
        """First every story by its own person, then any by somebody who is not waiting already."""
        stories = list(self.stories.values())
        if self._come < len(stories):
            return stories[self._come], stories[self._come].person
        story = self._chance.choice(stories)
        busy = {play.handle for play in self.plays}
        free = [person for person in EXTRAS if person.lang == story.lang and person.handle not in busy]
        return story, self._chance.choice(free) if free else story.person


def in_turn(*languages: list[Story]) -> dict[str, Story]:
    """The stories by key, one of each language after the other."""
    return {story.key: story for row in zip_longest(*languages) for story in row if story is not None}
