"""Parting a text into pieces that fit: as few as can be, at the best places, about equally long."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

from .contract import Limits
from .counting import Ruler, head, ruler, size, summed
from .text.borders import Border, Place, between_characters, borders, broken, inside, strong

# What it costs to part at each kind of border; to have one part more; to have a part far from its share of the text (a
# part that is half empty costs a quarter of SHAPE); to leave a scrap. Chosen so that a clause is parted rather than
# another post made, and another post made rather than a sentence parted between two words.
_COSTS = {
    Border.PARAGRAPH: 0.0, Border.SENTENCE: 1.0, Border.CLAUSE: 4.0, Border.PHRASE: 7.0, Border.WORD: 9.0,
    Border.GLUED: 20.0, Border.CHARACTER: 24.0, Border.INSIDE: 40.0, Border.BROKEN: 60.0,
}  # fmt: skip
_ANOTHER, _SHAPE, _SCRAP = 3.0, 10.0, 6.0
_SCRAPS = 0.2  # of a post's room


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a post a text takes: in the network's unit, and in bytes where those are limited too."""

    ruler: Ruler
    limit: int
    bytes: int | None
    limits: Limits
    names: Collection[str]

    @classmethod
    def of(cls, limits: Limits, private: bool, names: Collection[str]) -> Measure:
        limit = limits.private_length if private and limits.private_length else limits.length
        return cls(ruler(limits, private), max(1, limit), limits.bytes, limits, () if private else names)

    def weight(self, text: str, *, first: bool = False) -> int:
        """Only the first part answers somebody, whose name then weighs nothing."""
        return self.ruler.weight(text[self.head(text) :] if first else text)

    def head(self, text: str) -> int:
        return head(text, self.limits, self.names)

    def over(self, text: str, weight: int) -> int:
        """By how much it is too long in the unit of which there is least; 0 or less when it fits."""
        over = weight - self.limit
        return over if self.bytes is None else max(over, size(text) - self.bytes)


@dataclass(frozen=True, slots=True)
class _Scale:
    """One unit's running sums over the text, and how much of it a part holds that is not the last, and the last."""

    sums: Sequence[int]
    middle: int
    last: int


@dataclass
class Cutter:
    """A text that is too long for one post."""

    text: str
    measure: Measure
    _sums: list[Sequence[int]] = field(init=False)

    def __post_init__(self) -> None:
        free = self.measure.head(self.text)
        sums = self.measure.ruler.sums(self.text)
        self._sums = [[0] * free + [total - sums[free] for total in sums[free:]] if free else sums]
        if self.measure.bytes is not None:
            self._sums.append(_byte_sums(self.text))

    @cached_property
    def _strong(self) -> list[Place]:
        return strong(self.text)

    @cached_property
    def _borders(self) -> list[Place]:
        return borders(self.text)

    def parts(self, middle: str, last: str, spare: int) -> list[str]:
        """The pieces; `middle` and `last` are what will stand behind them, `spare` what is to stay free besides."""
        scales = self._scales(middle, last, spare)
        cuts = self._among_strong(scales)
        if cuts is None:
            cuts = _Row(self.text, _dense(self.text, self._borders, scales), scales).cuts()
        starts = [0, *(place.start for place in cuts)]
        ends = [*(place.end for place in cuts), len(self.text)]
        return [self.text[start:end] for start, end in zip(starts, ends, strict=True)]

    def _among_strong(self, scales: Sequence[_Scale]) -> list[Place] | None:
        """Cuts at good borders alone, where that takes no part more than the text's length does; None where it does."""
        row = _Row(self.text, self._strong, scales)
        if not row.holds():
            return None
        latest = row.latest()
        return row.choose(latest)[1] if len(latest) <= row.least() else None

    def _scales(self, middle: str, last: str, spare: int) -> list[_Scale]:
        tails = [(self.measure.weight(middle), self.measure.weight(last), self.measure.limit)]
        if self.measure.bytes is not None:
            tails.append((size(middle), size(last), self.measure.bytes))
        return [
            _Scale(sums, max(1, limit - spare - more), max(1, limit - spare - most))
            for sums, (more, most, limit) in zip(self._sums, tails, strict=True)
        ]


def _byte_sums(text: str) -> Sequence[int]:
    return range(len(text) + 1) if text.isascii() else summed([size(char) for char in text])


def _dense(text: str, places: Sequence[Place], scales: Sequence[_Scale]) -> list[Place]:
    """The borders, with places between characters where there is too long a stretch without any."""
    dense: list[Place] = []
    at = 0
    for place in [*places, Place(len(text), len(text), Border.PARAGRAPH)]:
        dense += _within(text, at, place.end, scales)
        dense.append(place)
        at = place.start
    dense.pop()
    return dense


def _within(text: str, start: int, end: int, scales: Sequence[_Scale]) -> list[Place]:
    if _holds(start, end, scales):
        return []
    found: list[Place] = []
    at = start
    for place in [*between_characters(text, start, end), Place(end, end, Border.CHARACTER)]:
        if not _holds(at, place.end, scales):
            found += _pieces(text, at, place.end, scales)
        found.append(place)
        at = place.end
    return found[:-1]


def _pieces(text: str, start: int, end: int, scales: Sequence[_Scale]) -> list[Place]:
    """Something whole that alone is longer than a post: between its characters, and within one if even that is."""
    found: list[Place] = []
    at = start
    for place in [*inside(text, start, end), Place(end, end, Border.INSIDE)]:
        if not _holds(at, place.end, scales):
            found += broken(at, place.end)
        found.append(place)
        at = place.end
    return found[:-1]


def _holds(start: int, end: int, scales: Sequence[_Scale]) -> bool:
    """Any part holds it."""
    return all(scale.sums[end] - scale.sums[start] <= min(scale.middle, scale.last) for scale in scales)


class _Row:
    """All places where a text may be parted, and the search for those where it is."""

    def __init__(self, text: str, places: Sequence[Place], scales: Sequence[_Scale]) -> None:
        self.places = places
        self.scales = scales
        self.end = len(text)
        self.ends = [place.end for place in places]
        self.starts = [place.start for place in places]
        # The same in units, for each scale.
        self.filled = [[scale.sums[end] for end in self.ends] for scale in scales]
        self.begun = [[scale.sums[start] for start in self.starts] for scale in scales]

    def holds(self) -> bool:
        """No stretch between two places is too long for a part."""
        for scale, filled, begun in zip(self.scales, self.filled, self.begun, strict=True):
            room = min(scale.middle, scale.last)
            ends, starts = [*filled, scale.sums[self.end]], [0, *begun]
            if any(end - start > room for start, end in zip(starts, ends, strict=True)):
                return False
        return True

    def least(self) -> int:
        """How many parts the text's length alone takes."""
        return max(1 + -(-max(0, scale.sums[self.end] - scale.last) // scale.middle) for scale in self.scales)

    def cuts(self) -> list[Place]:
        """The cheapest of: as few parts as can be, one more."""
        latest = self.latest()
        cost, chosen = self.choose(latest)
        if any(place.border > Border.CLAUSE for place in chosen):
            another = self.choose(self.latest(len(latest) + 1))
            if another[0] + _ANOTHER < cost:
                chosen = another[1]
        return chosen

    def latest(self, count: int = 0) -> list[int]:
        """For 1, 2, … parts from the end: the number of the first place from which so many hold the rest (-1: the
        text's beginning). As many as are needed, or `count`."""
        found = [self._reaching(self.end, last=True)]
        while (found[-1] >= 0 and not count) or len(found) < count:
            if found[-1] < 0:
                found.append(-1)
                continue
            earlier = self._reaching(self.ends[found[-1]], last=False)
            found.append(min(earlier, found[-1] - 1))
        return found

    def _reaching(self, end: int, *, last: bool) -> int:
        """The number of the first place from which one part reaches `end`; -1 where the text's beginning does."""
        number = -1
        for scale, begun in zip(self.scales, self.begun, strict=True):
            low = scale.sums[end] - (scale.last if last else scale.middle)
            if low > 0:
                number = max(number, bisect_left(begun, low))
        return number

    def choose(self, latest: Sequence[int]) -> tuple[float, list[Place]]:
        """Walk from part to part: at each, of the places that leave enough parts for the rest, the cheapest."""
        begun, total, cost, at, number = 0, self.scales[0].sums[self.end], 0.0, 0, -1
        chosen: list[Place] = []
        for rest in range(len(latest) - 1, 0, -1):
            low = max(number + 1, latest[rest - 1])
            high = self._farthest(at)
            if low >= len(self.places) or high <= number:
                break
            share = begun + (total - begun) / (rest + 1)
            price, number = self._cheapest(low, max(high, low + 1), share, begun, total)
            cost += price
            chosen.append(self.places[number])
            at, begun = self.starts[number], self.begun[0][number]
        return cost, chosen

    def _farthest(self, at: int) -> int:
        """Behind the last place that a part from `at` on can end at."""
        return min(
            bisect_right(filled, scale.sums[at] + scale.middle)
            for scale, filled in zip(self.scales, self.filled, strict=True)
        )

    def _cheapest(self, low: int, high: int, share: float, begun: int, total: int) -> tuple[float, int]:
        room, filled, places = self.scales[0].middle, self.filled[0], self.places
        best, chosen = inf, low
        for number in range(low, min(high, len(places))):
            far = (filled[number] - share) / room
            price = _COSTS[places[number].border] + _SHAPE * far * far
            if min(filled[number] - begun, total - filled[number]) < _SCRAPS * room:
                price += _SCRAP
            if price < best:
                best, chosen = price, number
        return best, chosen
