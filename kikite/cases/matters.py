"""Which messages are one matter: the pure heart of threading, with no database.

A case is one customer's one matter. Two rules join messages of the same customer, and nothing ever parts them:

1. *The thread*: an answer belongs where the message that it answers belongs (ours to the customer whom it answers).
2. *The silence*: two matters of a customer lie at least `quiet` apart. Whatever comes within `quiet` of an earlier
   word, or between two words of one matter, belongs to it.

Both rules only ever join, and joining more never makes an earlier join wrong. So the partition of a set of messages
is the finest one that obeys both rules, it exists once, and any order, repetition and batch size ends in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta


class Matters:
    """A growing partition. Elements are numbers: positive ones are cases that exist, negative ones messages to come.

    `open` an element before joining it. Spans are of the customer's own words, closed intervals.
    """

    def __init__(self, quiet: timedelta) -> None:
        self.quiet = quiet
        self._parent: dict[int, int] = {}
        self._customer: dict[int, int] = {}
        self._span: dict[int, tuple[datetime, datetime]] = {}

    def open(self, element: int, customer: int) -> None:
        self._parent[element] = element
        self._customer[element] = customer

    def __contains__(self, element: int) -> bool:
        return element in self._parent

    def find(self, element: int) -> int:
        """The element that stands for the whole matter."""
        parent = self._parent
        while parent[element] != element:
            parent[element] = parent[parent[element]]
            element = parent[element]
        return element

    def speak(self, element: int, first: datetime, last: datetime) -> None:
        """The customer spoke in this matter from `first` to `last`."""
        root = self.find(element)
        known = self._span.get(root)
        self._span[root] = (min(first, known[0]), max(last, known[1])) if known else (first, last)

    def join(self, one: int, other: int) -> None:
        """Both are the same matter. Elements of two customers are never joined."""
        one, other = self.find(one), self.find(other)
        if one == other:
            return
        if self._customer[one] != self._customer[other]:
            raise ValueError("a matter belongs to one customer")
        self._parent[other] = one
        span = self._span.pop(other, None)
        if span:
            self.speak(one, *span)

    def settle(self) -> None:
        """Apply the silence. One sweep in order of time suffices, because a joined span only reaches further."""
        by_customer: dict[int, list[int]] = defaultdict(list)
        for root in self._span:
            by_customer[self._customer[root]].append(root)
        for roots in by_customer.values():
            if len(roots) > 1:
                self._sweep(sorted(roots, key=lambda root: self._span[root]))

    def _sweep(self, roots: list[int]) -> None:
        current = roots[0]
        for root in roots[1:]:
            if self._span[root][0] <= self._span[self.find(current)][1] + self.quiet:
                self.join(current, root)
            else:
                current = root

    def cases(self) -> Iterable[tuple[int, int]]:
        """(case, the element that stands for its matter) of all cases that exist."""
        return [(element, self.find(element)) for element in self._parent if element > 0]

    def spoken(self, element: int) -> tuple[datetime, datetime] | None:
        """When the customer spoke in this matter; None while only we did."""
        return self._span.get(self.find(element))

    def begun_by(self, elements: Iterable[int], at: datetime) -> int | None:
        """The matter that a private word of ours at `at` belongs to: the newest that the customer had begun."""
        begun = [(span[0], root) for root in {self.find(e) for e in elements} if (span := self._span.get(root))]
        before = [item for item in begun if item[0] <= at]
        return max(before)[1] if before else None
