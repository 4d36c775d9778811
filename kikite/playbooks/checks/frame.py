"""What a check is, what it is given and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What a brand makes of a check."""

    OFF = "off", _("Off")
    ADVICE = "advice", _("Advice")
    BLOCKING = "blocking", _("Must be mended before sending")


class Offer(StrEnum):
    """What the page can do about it instead of changing words."""

    PRIVATE = "private"
    ALT = "alt"


@dataclass(frozen=True, slots=True)
class File:
    name: str
    kind: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written. `language` is "en", "ja" or "" for any other; `signature` is what will stand below."""

    text: str
    private: bool = False
    language: str = "en"
    files: tuple[File, ...] = ()
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Avoided:
    """A word that the brand does not say, and what it says instead ("" for nothing)."""

    word: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a brand speaks in one language. `levels` are the checks that it does not leave as they come."""

    tone: str = ""
    avoid: tuple[Avoided, ...] = ()
    prefer: tuple[str, ...] = ()
    dictionary: frozenset[str] = frozenset()
    levels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the case."""

    text: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What the desk knows: the words of the case, oldest first, who the customer is, and how the brand speaks.

    `waiting` are the customer's messages since our last word. `dead` are links that did not answer when they were
    last looked at. `signs` says whether the brand's agents sign.
    """

    customer: tuple[Said, ...] = ()
    ours: tuple[Said, ...] = ()
    waiting: tuple[Said, ...] = ()
    name: str = ""
    handle: str = ""
    brand: str = ""
    voice: Voice = Voice()
    signs: bool = False
    dead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check would look at once more: [start, end) of the text, why, and how it could be mended.

    The same start and end means the draft as a whole. `fix` takes the place of the words ("" takes them out; None
    means that there is no fix to offer).
    """

    start: int
    end: int
    reason: str
    fix: str | None = None
    offer: Offer | None = None
    check: str = ""
    level: Level = Level.ADVICE


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its name, its title and an example for the settings, for which languages (none: all) and the function.

    Without `find` it runs in the browser. `level` is what it is where the brand says nothing.
    """

    name: str
    title: Promise
    example: Promise
    find: Callable[[Draft, Context], Iterable[Finding]] | None
    languages: tuple[str, ...] = ()
    level: Level = Level.ADVICE
    voice: bool = False

    def speaks(self, language: str) -> bool:
        return not self.languages or language in self.languages

    def told(self, voice: Voice) -> Level:
        """What this brand makes of it."""
        level = voice.levels.get(self.name, self.level)
        return Level(level) if level in Level.values else self.level
