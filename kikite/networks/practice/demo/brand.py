"""The practice airline itself, as whoever sets up a desk for it needs to know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brand:
    """An account of a company. `terms` are what people call it who do not address it; `listens` is what its desk
    searches for, since not everybody calls it that."""

    handle: str
    name: str
    bio: str
    terms: tuple[str, ...]
    listens: tuple[str, ...]


BRAND = Brand(
    "TsubameAir",
    "Tsubame Air",
    "We fly small aeroplanes to big islands, and answer here. An airline for practice: it does not exist."
    " 練習用の航空会社です。実在しません。",
    ("Tsubame Air", "ツバメ航空"),
    ("tsubame check-in", "ツバメ カウンター"),
)
