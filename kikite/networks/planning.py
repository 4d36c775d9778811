"""How a reply will stand on the network: one post, or a numbered thread. What is shown is what is sent."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from .contract import Limits
from .counting import LINK, weight

# Where a text may be parted, best first: paragraphs, sentences (English and Japanese), clauses, words.
_BORDERS = (
    regex.compile(r"\n\s*\n"),
    regex.compile(r"(?<=[.!?…][\"')\]]*)\s+|(?<=[。！？」』])(?=[^。！？」』])|\n"),
    regex.compile(r"(?<=[,;:])\s+|(?<=[、，])"),
    regex.compile(r"\s+"),
)
# What is never parted: links and names.
_WHOLE = regex.compile(rf"{LINK.pattern}|[@#][\w.@-]+|\X", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One post as it will stand; `weight` of `limit` in the network's own unit."""

    text: str
    weight: int
    limit: int


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """The parts of a reply in their order. Empty for an empty text."""

    parts: tuple[PlannedPart, ...]

    @property
    def texts(self) -> list[str]:
        return [part.text for part in self.parts]


def plan(text: str, limits: Limits, *, private: bool = False) -> ReplyPlan:
    """Part `text` so that every part fits; the same text always gives the same plan.

    Numbers (`1/3`) are put at the end of each part when there is more than one.
    """
    text = text.strip()
    room = limits.private_length if private and limits.private_length else limits.length
    if not text:
        return ReplyPlan(())
    if weight(text, limits) <= room:
        return ReplyPlan((PlannedPart(text, weight(text, limits), room),))
    return _numbered(text, limits, room)


def _numbered(text: str, limits: Limits, room: int) -> ReplyPlan:
    """Try with room for one digit of numbers, then for more, until the count of parts fits its own number."""
    for digits in range(1, 6):
        numbers = 2 * digits + 2
        pieces = _split(text, limits, room - numbers)
        if len(str(len(pieces))) <= digits:
            break
    total = len(pieces)
    texts = [f"{piece} {number}/{total}" for number, piece in enumerate(pieces, start=1)]
    return ReplyPlan(tuple(PlannedPart(part, weight(part, limits), room) for part in texts))


def _split(text: str, limits: Limits, room: int) -> list[str]:
    pieces = []
    while text and weight(text, limits) > room:
        cut = _cut(text, limits, room)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _cut(text: str, limits: Limits, room: int) -> int:
    """Where to part: the last border of the best kind in the second half of what fits, else the last whole piece."""
    fits = _fitting(text, limits, room)
    for border in _BORDERS:
        ends = [match.start() or match.end() for match in border.finditer(text, 0, fits + 1)]
        good = [end for end in ends if fits // 2 <= end <= fits]
        if good and not _inside_whole(text, good[-1]):
            return good[-1]
    return fits


def _fitting(text: str, limits: Limits, room: int) -> int:
    """The longest run of whole pieces (links, names, graphemes) that fits; at least one piece."""
    end = 0
    for match in _WHOLE.finditer(text):
        if end and weight(text[: match.end()], limits) > room:
            break
        end = match.end()
        if end > room * 30:
            break
    return end


def _inside_whole(text: str, position: int) -> bool:
    return any(m.start() < position < m.end() for m in LINK.finditer(text))
