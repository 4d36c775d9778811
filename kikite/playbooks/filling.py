"""Variables in an answer: {{customer.first_name|there}} is the customer's first name, or "there" when nobody knows it.

Pure: what a case knows is given (`values.py`). Everything else between double braces is refused when it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Each with its meaning, in the order in which the settings list them.
VARIABLES: dict[str, Promise] = {
    "customer.name": _("the customer’s name"),
    "customer.first_name": _("the customer’s first name; a Japanese name whole"),
    "customer.handle": _("the customer’s name on the network"),
    "agent.name": _("the name of whoever answers"),
    "agent.first_name": _("the first name of whoever answers"),
    "brand.name": _("the brand’s name"),
    "case.number": _("the number of the case"),
    "channel.handle": _("our own name on the network"),
}
_OPEN = "{{"
_VARIABLE = re.compile(r"\{\{[ \t]*([^{}|\n]*?)[ \t]*(?:\|([^{}\n]*))?\}\}")
_SOLID = 12  # characters that are taken for the answer's own words, not for chance


class Unfillable(ValueError):
    """What stands in double braces is no variable. `line` and `column` count from 1."""

    def __init__(self, found: str, line: int, column: int) -> None:
        super().__init__(f"{found} at line {line}, column {column}")
        self.found, self.line, self.column = found, line, column


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer as it goes into a draft, and the variables that had no value and no fall-back."""

    text: str
    missing: tuple[str, ...]


def check(text: str) -> None:
    """Raises Unfillable at the first braces that hold no variable."""
    at = 0
    while (at := text.find(_OPEN, at)) >= 0:
        found = _VARIABLE.match(text, at)
        if found is None or found[1] not in VARIABLES:
            wrong = found[0] if found else text[at:].split("\n", 1)[0][:40]
            raise Unfillable(wrong, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        at = found.end()


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put values in; a value that is empty gives way to the fall-back, else to nothing and its space with it."""
    missing: list[str] = []
    written, end = "", 0
    for found in _VARIABLE.finditer(text):
        written += text[end : found.start()]
        end = found.end()
        value = values.get(found[1], "") or found[2] or ""
        if value:
            written += value
            continue
        missing.append(found[1])
        written = written.rstrip(" ") if text[end : end + 1] in ("", " ", ",", ".", "!", "?", "\n") else written
    return Filled(written + text[end:], tuple(dict.fromkeys(missing)))


def stands_in(text: str, reply: str) -> bool:
    """Whether a reply still says something of the answer `text`: one of its own pieces, not only the names."""
    pieces = [part.strip() for line in _fixed(text) for part in re.split(r"[\n.!?。！？]", line)]
    pieces = [piece for piece in pieces if piece]
    solid = [piece for piece in pieces if len(piece) >= _SOLID] or sorted(pieces, key=len)[-1:]
    return any(piece in reply for piece in solid)


def _fixed(text: str) -> list[str]:
    """What stands between the variables."""
    pieces, end = [], 0
    for found in _VARIABLE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
    return [*pieces, text[end:]]
