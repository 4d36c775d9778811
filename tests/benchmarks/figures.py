"""What a benchmark found, beside what it should be."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the printed table. A row without a `goal` is there for comparison; `met` is then None."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None


def at_least(name: str, value: float, goal: float, unit: str) -> Figure:
    return Figure(name, number(value, unit), f"≥ {number(goal, unit)}", value >= goal)


def at_most(name: str, value: float, goal: float, unit: str) -> Figure:
    return Figure(name, number(value, unit), f"≤ {number(goal, unit)}", value <= goal)


def plain(name: str, value: float, unit: str) -> Figure:
    return Figure(name, number(value, unit))


def number(value: float, unit: str) -> str:
    """Three digits that count, with the unit behind."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{' ' if unit else ''}{unit}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def spread(values: Sequence[float], unit: str) -> str:
    """The median with the lowest and highest run beside it."""
    return f"{number(median(values), unit)} ({number(min(values), '')} to {number(max(values), '')})"


def table(title: str, figures: Sequence[Figure]) -> None:
    """Print it."""
    wide = max(len(figure.name) for figure in figures)
    values = max(len(figure.value) for figure in figures)
    goals = max(len(figure.goal) for figure in figures)
    print(f"\n{title}")
    for figure in figures:
        mark = {True: "pass", False: "MISSED", None: ""}[figure.met]
        print(f"  {figure.name:<{wide}}  {figure.value:>{values}}  {figure.goal:<{goals}}  {mark}".rstrip())
    sys.stdout.flush()


def say(text: str) -> None:
    """What is being done, while it takes its time."""
    print(f"· {text}", file=sys.stderr, flush=True)
