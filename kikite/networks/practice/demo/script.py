"""What a story is. The stories themselves are data (`stories.en.toml`, `stories.ja.toml`) that `engine.Demo` plays.

A customer opens, waits, asks again when nobody answers, and takes one turn for each answer. Texts have fields
({flight}, {locator}, {to}…) that `props` fills anew each time, so that a story can be played again by somebody else.

In the files an act is `{ post = "…" }`, `{ whisper = "…" }` (privately), `{ say = "…" }` (the way the last answer
came), `{ edit = "…" }` or `{ erase = true }` (what they said last), `{ like = true }` (the answer); with `after` in
seconds if the usual pause does not fit, and `picture`, the name of one that `pictures` draws.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Seconds before an act, of the demo's own pace.
PAUSES = {"post": 0.0, "whisper": 14.0, "say": 12.0, "edit": 15.0, "erase": 60.0, "like": 6.0}


@dataclass(frozen=True, slots=True)
class Person:
    """A practice customer. `lang` is what they write in."""

    handle: str
    name: str
    lang: str = "en"
    followers: int = 180
    bio: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a customer does, `after` so many seconds."""

    kind: str
    text: str
    after: float
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the customer does once answered. An answer in which `wants` is not found brings the next of `grumbles`
    instead. When those are used up, the customer says `gives_up` and is gone, or without that lets it be and goes on.
    """

    acts: tuple[Act, ...]
    wants: re.Pattern[str]
    grumbles: tuple[str, ...] = ()
    gives_up: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """`tells` names the story of the field that it plays; `bumps` are said while nobody answers, each after another
    `patience` seconds; `props` pins fields that a first performance should have."""

    key: str
    tells: str
    person: Person
    opens: tuple[Act, ...]
    turns: tuple[Turn, ...] = ()
    bumps: tuple[str, ...] = ()
    patience: float = 150.0
    props: Mapping[str, str] = field(default_factory=dict)

    @property
    def lang(self) -> str:
        return self.person.lang


def stories(lang: str) -> list[Story]:
    """The stories of that language, in the order of their first performance."""
    script = tomllib.loads((Path(__file__).parent / f"stories.{lang}.toml").read_text("utf-8"))
    return [_story(told, lang, script["patterns"]) for told in script["story"]]


def _story(told: dict[str, Any], lang: str, patterns: dict[str, str]) -> Story:
    return Story(
        key=told["key"],
        tells=told["tells"],
        person=Person(**told["person"], lang=lang),
        opens=tuple(map(_act, told["opens"])),
        turns=tuple(_turn(turn, patterns) for turn in told.get("turn", ())),
        bumps=tuple(told.get("bumps", ())),
        patience=told.get("patience", 150.0),
        props=told.get("props", {}),
    )


def _turn(told: dict[str, Any], patterns: dict[str, str]) -> Turn:
    wants = patterns[told["wants"]] if "wants" in told else ""
    return Turn(
        acts=tuple(map(_act, told["acts"])),
        wants=re.compile(wants, re.IGNORECASE | re.DOTALL),
        grumbles=tuple(told.get("grumbles", ())),
        gives_up=told.get("gives_up", ""),
    )


def _act(told: dict[str, Any]) -> Act:
    ((kind, text),) = [(kind, told[kind]) for kind in PAUSES if kind in told]
    return Act(kind, text if isinstance(text, str) else "", told.get("after", PAUSES[kind]), told.get("picture", ""))
