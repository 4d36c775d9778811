"""Links in a text, with and without https:// before them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import domains
from .characters import CYRILLIC, INVALID, LATIN

LONGEST = 4096
_LONGEST_SHORT = 40  # of the word behind t.co/
_PATH = rf"[a-zA-Z{CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{LATIN}]"
_BRACKETS = rf"\((?:{_PATH}+|(?:{_PATH}*\({_PATH}+\){_PATH}*))\)"
_PATH_END = rf"(?:[+\-a-zA-Z{CYRILLIC}0-9=_#/{LATIN}]|(?:{_BRACKETS}))"
_QUERY = r"[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]"
_REST = re.compile(
    rf"(?::[0-9]+)?(/(?:(?:{_PATH}*(?:{_BRACKETS}{_PATH}*)*{_PATH_END})|(?:@{_PATH}+/))*)?(?:\?{_QUERY})?"
)
_SHORT = re.compile(rf"(?ai:https?://t\.co/)([a-zA-Z0-9]+)(?:\?{_QUERY})?")
_BEFORE = re.compile(rf"[A-Za-z0-9@\uff20$#\uff03{INVALID}]")  # what may not stand before a link


@dataclass(frozen=True, slots=True)
class Link:
    """`start` and `end` in code points; `bare` has no https:// before it."""

    start: int
    end: int
    url: str
    bare: bool = False


def links(text: str, *, bare: bool = True) -> list[Link]:
    """All of them, in their order. `bare`: also those that are only a domain."""
    if "." not in text or (not bare and "://" not in text):
        return []
    found: list[Link] = []
    taken = read = 0
    for dot in domains.DOT.finditer(text):
        if dot.start() >= read:
            taken, read = _read(text, dot.start(), taken, found)
    return found if bare else [link for link in found if not link.bare]


def _read(text: str, dot: int, floor: int, found: list[Link]) -> tuple[int, int]:
    """Read the run around a dot; up to where the text is taken by links then, and up to where it is read."""
    start, end = domains.run(text, dot, floor)
    scheme = _scheme(text, start, floor)
    stop = domains.at_start(text, start, end) if scheme else 0
    begin = start
    if not stop:
        scheme = 0
        begin, stop = domains.first(text, start, end, floor)
    if not stop:
        return floor, end
    rest = _REST.match(text, stop)
    assert rest
    close = rest.end()
    if _is_url(text, begin - scheme, begin, stop, close, scheme):
        if scheme:
            _whole(text, begin - scheme, close, found)
        elif text[begin - 1 : begin] not in ("-", "_", ".", "/"):
            _bare(text, begin, stop, close if rest[1] else 0, found)
    return close, close


def _scheme(text: str, start: int, floor: int) -> int:
    """How long the https:// or http:// right before a place is, if a link may begin with it; 0 for none."""
    before = text[max(floor, start - 8) : start].lower()
    length = 8 if before == "https://" else 7 if before.endswith("http://") else 0
    begin = start - length
    if not length or (begin and (begin <= floor or _BEFORE.match(text, begin - 1))):
        return 0
    return length


def _is_url(text: str, start: int, domain: int, stop: int, end: int, scheme: int) -> bool:
    return end - start + (scheme or 8) <= LONGEST and domains.is_encodable(text[domain:stop])


def _whole(text: str, start: int, end: int, found: list[Link]) -> None:
    """Keep a link with its scheme; X's own short ones end with their word."""
    short = _SHORT.match(text, start, end)
    if short and len(short[1]) > _LONGEST_SHORT:
        return
    end = short.end() if short else end
    found.append(Link(start, end, text[start:end]))


def _bare(text: str, start: int, stop: int, end: int, found: list[Link]) -> None:
    """Keep what is in Latin letters; the last takes the path (which ends at `end`, 0 for none) with it."""
    spots = domains.ascii_parts(text[start:stop])
    for number, (low, high) in enumerate(spots, start=1):
        last = end if end and number == len(spots) else 0
        url = text[start + low : start + high] + (text[stop:last] if last else "")
        found.append(Link(start + low, last or start + high, url, bare=True))
