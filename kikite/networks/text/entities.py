"""Links, @names, lists, #tags and $cash tags in a text, with their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import regex

from .characters import AT, HASH, LATIN, PUNCTUATION, SPACES, TAG_EXTRAS
from .links import links

_TAG_LETTER = r"[\p{L}\p{M}]"
_IN_TAG = rf"[\p{{L}}\p{{M}}\p{{Nd}}{TAG_EXTRAS}]"
_NAME = regex.compile(
    rf"(?:^|[^a-zA-Z0-9_!#$%&*{AT}]|(?:^|[^a-zA-Z0-9_+~.-])(?:[rR][tT]):?)"
    rf"(?<whole>[{AT}](?<name>[a-zA-Z0-9_]{{1,20}})(?<list>/[a-zA-Z][a-zA-Z0-9_-]{{0,24}})?)"
)
_NO_NAME = regex.compile(rf"[{AT}{LATIN}]|://")  # behind what looked like a name
_TAG = regex.compile(
    rf"(?:(?<=^|[\ufe0e\ufe0f])|(?<!{_IN_TAG}|&))[{HASH}](?![\ufe0f\u20e3])({_IN_TAG}*{_TAG_LETTER}{_IN_TAG}*)"
)
_NO_TAG = regex.compile(rf"[{HASH}]|://")
_CASH = regex.compile(
    rf"(?:^|[{SPACES}])(?<whole>\$(?<cash>[a-zA-Z]{{1,6}}(?:[._][a-zA-Z]{{1,2}})?))(?=$|[{SPACES}\ufeff]|[{PUNCTUATION}])"
)
_ANSWERS = regex.compile(rf"[{SPACES}]*[{AT}]([a-zA-Z0-9_]{{1,20}})")


class Kind(StrEnum):
    """What an entity is."""

    LINK = "link"
    NAME = "name"
    LIST = "list"
    TAG = "tag"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class Entity:
    """One of them from `start` to `end`, in code points. `text` is without its sign; of a list it is `name/list`."""

    kind: Kind
    start: int
    end: int
    text: str


def entities(text: str, *, bare: bool = True) -> list[Entity]:
    """All of them in their order; what overlaps an earlier one is none. `bare`: also links without https://."""
    return apart([*_links(text, bare), *names(text), *tags(text, over_links=True), *cash_tags(text)])


def apart(found: Iterable[Entity]) -> list[Entity]:
    """In their order, without those that begin inside an earlier one."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda entity: entity.start):
        if not kept or kept[-1].end <= entity.start:
            kept.append(entity)
    return kept


def _links(text: str, bare: bool) -> list[Entity]:
    return [Entity(Kind.LINK, link.start, link.end, link.url) for link in links(text, bare=bare)]


def names(text: str) -> list[Entity]:
    """@names and @name/lists."""
    if "@" not in text and "\uff20" not in text:
        return []
    return [
        Entity(Kind.LIST if match["list"] else Kind.NAME, *match.span("whole"), match["name"] + (match["list"] or ""))
        for match in _NAME.finditer(text)
        if not _NO_NAME.match(text, match.end())
    ]


def tags(text: str, *, over_links: bool = False) -> list[Entity]:
    """#tags. `over_links`: also what stands inside a link."""
    if "#" not in text and "\uff03" not in text:
        return []
    found = [
        Entity(Kind.TAG, *match.span(), match[1])
        for match in _TAG.finditer(text)
        if not _NO_TAG.match(text, match.end())
    ]
    if over_links:
        return found
    return [entity for entity in apart([*found, *_links(text, bare=True)]) if entity.kind is Kind.TAG]


def cash_tags(text: str) -> list[Entity]:
    """$cash tags."""
    if "$" not in text:
        return []
    return [Entity(Kind.CASH, *match.span("whole"), match["cash"]) for match in _CASH.finditer(text)]


def answers(text: str) -> str:
    """Whose @name a text begins with, "" for nobody's."""
    match = _ANSWERS.match(text)
    return match[1] if match and not _NO_NAME.match(text, match.end()) else ""
