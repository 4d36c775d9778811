"""How a reply will stand on the network: one post, or a numbered thread. What is shown is what is sent.

The parts are as few as the limits allow, or one more where that spares a sentence; of the ways to part that are left
the one is taken that parts at the best places and leaves the parts about equally long (docs/decisions/planning.md).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .contract import Limits
from .hanging import PlannedMedia, hung
from .parting import Cutter, Measure

__all__ = ["PlannedMedia", "PlannedPart", "ReplyPlan", "plan"]

_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One post as it will stand; `weight` of `limit` in the network's own unit. `media` are places in those given."""

    text: str
    weight: int
    limit: int
    media: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """The parts of a reply in their order. Empty where there is nothing to send.

    `left` are places of media that no part can take, because the network takes none of their kind.
    """

    parts: tuple[PlannedPart, ...]
    left: tuple[int, ...] = ()

    @property
    def texts(self) -> list[str]:
        return [part.text for part in self.parts]


def plan(
    text: str,
    limits: Limits,
    *,
    private: bool = False,
    signature: str = "",
    sign_each: bool = False,
    media: Sequence[PlannedMedia] = (),
    names: Collection[str] = (),
) -> ReplyPlan:
    """Part `text` so that every part fits; the same draft always gives the same plan.

    More than one part are numbered (`1/3`). `signature` ("^CP") stands at the end of the last part, or of each; a draft
    that ends with it is not signed twice. `names` are the handles of those who are answered (see `counting.weight`).
    """
    text, hangings, left = text.strip(), *hung(media, limits, private)
    if not text and not hangings:
        return ReplyPlan((), left)
    text, signature = _unsigned(text, signature, sign_each)
    measure = Measure.of(limits, private, names)
    texts = _texts(text, measure, _Tails(signature, sign_each, len(hangings)))
    hangings += [()] * (len(texts) - len(hangings))
    parts = zip(texts, hangings, strict=True)
    return ReplyPlan(tuple(PlannedPart(part, weight, measure.limit, hung) for (part, weight), hung in parts), left)


def _unsigned(text: str, signature: str, each: bool) -> tuple[str, str]:
    """The text, and how it is still to be signed, when the agent may have signed it already."""
    signature = signature.strip()
    rest = text.removesuffix(signature)
    if not signature or rest == text or (rest and not rest[-1].isspace()):
        return text, signature
    return (rest.rstrip(), signature) if each else (text, "")


@dataclass(frozen=True, slots=True)
class _Tails:
    """What stands behind the words of a part. `least` is how many parts there are at least, for the media's sake."""

    signature: str
    everywhere: bool
    least: int

    def of(self, number: int, total: int) -> str:
        signed = self.signature if self.everywhere or number == total else ""
        return " ".join(filter(None, (signed, f"{number}/{total}" if total > 1 else "")))

    def each(self, total: int) -> list[str]:
        return [self.of(number, total) for number in range(1, total + 1)]


def _texts(text: str, measure: Measure, tails: _Tails) -> list[tuple[str, int]]:
    """The texts of the parts, tails and all, with their weights."""
    whole = _joined(text, tails.of(1, 1))
    if tails.least < 2:
        weight = measure.weight(whole, first=True)
        if measure.over(whole, weight) <= 0:
            return [(whole, weight)]
    if not text:
        return [(tail, measure.weight(tail)) for tail in tails.each(tails.least)]
    cutter = Cutter(text, measure)
    spare = 0
    while True:
        texts = _numbered(text, cutter, tails, spare)
        parts = [(part, measure.weight(part, first=not number)) for number, part in enumerate(texts)]
        over = max(measure.over(part, weight) for part, weight in parts)
        if over <= 0 or spare >= measure.limit:
            return parts
        # What was cut weighs more than it did in one piece (a link begins where a word ended). Leave more room.
        spare += over


def _numbered(text: str, cutter: Cutter, tails: _Tails, spare: int) -> list[str]:
    """Try with room for one digit of numbers, then for more, until the count of parts fits its own number."""
    pieces = [text]
    for digits in range(1, _MOST_DIGITS):
        highest = 10**digits - 1
        middle, last = f" {tails.of(highest - 1, highest)}", f" {tails.of(highest, highest)}"
        pieces = cutter.parts(middle, last, spare)
        if max(len(pieces), tails.least) <= highest:
            break
    pieces += [""] * (tails.least - len(pieces))
    return [_joined(piece, tail) for piece, tail in zip(pieces, tails.each(len(pieces)), strict=True)]


def _joined(text: str, tail: str) -> str:
    return f"{text} {tail}" if text and tail else text or tail
