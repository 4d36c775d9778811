"""The weighted length of a text, as X counts: by the published configurations of twitter-text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

from . import domains
from .characters import INVALID
from .emoji import SIGNS, joined
from .links import links

_PLAIN = re.compile(r"http(?<![^ \n]http)s?://t\.co/[A-Za-z0-9]{1,40}(?![^ \n])")
_INVALID = re.compile(f"[{INVALID}]")


@dataclass(frozen=True)
class Weights:
    """One configuration. Weights are hundredths in twitter-text's files and whole here: 1 or `heavy`."""

    most: int
    heavy: int = 1  # of a character outside `light`
    light: tuple[tuple[int, int], ...] = ()  # ranges of code points that weigh 1
    link: int = 23
    emoji: bool = False  # an emoji of several characters weighs as much as one character

    @cached_property
    def heavies(self) -> re.Pattern[str]:
        """Runs of characters that weigh more than 1."""
        return re.compile(f"[^{''.join(f'{chr(low)}-{chr(high)}' for low, high in self.light)}]+")


_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
V1 = Weights(140)
V2 = Weights(280, 2, _LIGHT)
V3 = Weights(280, 2, _LIGHT, emoji=True)


def weigh(text: str, weights: Weights = V3) -> int:
    """How much it weighs. The text is composed (NFC) before it is counted."""
    if not text.isascii():
        text = normalize("NFC", text)
    text, count = _without_links(text)
    total = len(text) + (weights.link - 1) * count
    if text.isascii() or weights.heavy == 1:
        return total
    heavy = "".join(weights.heavies.findall(text))
    total += (weights.heavy - 1) * len(heavy)
    if weights.emoji and (SIGNS.search(heavy) or "\u200d" in text):
        total += sum(weights.heavy - _plain(text[start:end], weights) for start, end in joined(text))
    return total


def _without_links(text: str) -> tuple[str, int]:
    """The text with one light character in the place of each link, so that what stood around it stays apart; and how
    many there are. Nearly all links of posts are X's own short ones between spaces: those are found without reading."""
    if "." not in text:
        return text, 0
    text, count = _PLAIN.subn(" ", text)
    if not domains.DOT.search(text):
        return text, count
    found = links(text)
    parts, at = [], 0
    for link in found:
        parts.append(text[at : link.start])
        at = link.end
    return "\0".join([*parts, text[at:]]), count + len(found)


def _plain(text: str, weights: Weights) -> int:
    """Character by character."""
    return len(text) + (weights.heavy - 1) * sum(map(len, weights.heavies.findall(text)))


def steps(text: str, weights: Weights = V3) -> list[int]:
    """What each character of a composed text adds: a link and an emoji add theirs at their first character."""
    each = [1] * len(text)
    if weights.heavy > 1 and not text.isascii():
        for run in weights.heavies.finditer(text):
            each[run.start() : run.end()] = [weights.heavy] * (run.end() - run.start())
    for start, end in joined(text) if weights.emoji else ():
        each[start:end] = [weights.heavy, *[0] * (end - start - 1)]
    for link in links(text):
        each[link.start : link.end] = [weights.link, *[0] * (link.end - link.start - 1)]
    return each


@dataclass(frozen=True, slots=True)
class Measured:
    """`fits` is how many characters of the composed text fit and may stand; `permille` of what may stand is used."""

    weight: int
    valid: bool
    permille: int
    fits: int


def measure(text: str, weights: Weights = V3) -> Measured:
    """Weigh it, and find how much of it may be posted."""
    text = normalize("NFC", text)
    forbidden = _INVALID.search(text)
    end, fits, total = forbidden.start() if forbidden else len(text), 0, 0
    each = steps(text, weights)
    for place, weight in enumerate(each):
        total += weight
        if total <= weights.most and place < end:
            fits = place + 1
    valid = forbidden is None and 0 < total <= weights.most
    return Measured(total, valid, total * 1000 // weights.most, fits)
