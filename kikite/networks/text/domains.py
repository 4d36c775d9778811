"""Domains in running text: where one begins and ends, between letters of any script and without a space.

twitter-text says it by a regular expression that may take quadratic time. This reads each run of characters once, from
its dots, and finds the same: the leftmost beginning, and from there the last top-level domain.
"""

from __future__ import annotations

import re
from pathlib import Path

import regex

from .characters import DIRECTIONAL, INVALID, LATIN, SPACES

# A run is what no space and no punctuation but - _ . interrupts.
_BREAK = rf"!'#%&()*+,\\/:;<=>?@\[\]^{{|}}~${SPACES}{INVALID}{DIRECTIONAL}"
_RUN = re.compile(rf"[^{_BREAK}]*")
_BREAKING = frozenset(re.findall(rf"[{_BREAK}]", "".join(map(chr, range(0x10000)))))
# A dot that a domain may have: behind a character of a label, before a letter. It begins with the dot itself, so that
# texts are searched as quickly as for a plain character.
DOT = re.compile(rf"\.(?<=[^{_BREAK}._-]\.)(?=[A-Za-z\x80-\U0010ffff])")
# Where a domain may begin; before it stands no letter, digit, name or tag.
_START = re.compile(rf"(?<![A-Za-z0-9@\uff20$#\uff03{INVALID}])[^-_.]")
_LATIN_TLD = re.compile(r"[A-Za-z]++(?![0-9@+-])")
_PUNYCODE = re.compile(r"[Xx][Nn]--[-0-9A-Za-z]+")
_LABELS = regex.compile(rf"([-A-Za-z0-9{LATIN}]+\.)+")
_FULL_STOP = re.compile(r"\.")
_FULL_STOPS = re.compile("[.\u3002\uff0e\uff61]")
LONGEST_LABEL = 63

_LISTED = (Path(__file__).parent / "tlds.txt").read_text("utf-8").splitlines()
TLDS = frozenset(line for line in _LISTED if line and not line.startswith("#"))
_WORLD = re.compile(
    # The class stands outside of "ignore case", for which ſ would be an s.
    f"(?i:{'|'.join(sorted((name for name in TLDS if not name.isascii()), key=len, reverse=True))})(?![0-9A-Za-z@+-])"
)


def run(text: str, dot: int, floor: int) -> tuple[int, int]:
    """The run of characters around a dot, from `floor` on."""
    start = dot
    while start > floor and text[start - 1] not in _BREAKING:
        start -= 1
    found = _RUN.match(text, dot)
    assert found
    return start, found.end()


def at_start(text: str, start: int, end: int) -> int:
    """Where the domain ends that begins exactly at a run's start; 0 for none."""
    if text[start] in "-_.":
        return 0
    labels = _Labels(text, start, end)
    return labels.end(0, start)


def first(text: str, start: int, end: int, floor: int) -> tuple[int, int]:
    """The leftmost domain in a run that begins behind `floor` (what was read before); (0, 0) for none."""
    labels = _Labels(text, start, end)
    for number in range(len(labels.dots)):
        begin, dot = labels.begins[number], labels.dots[number]
        low = max(begin, floor + 1) if floor else begin
        if labels.best[number] == number:
            low = max(low, text.rfind("_", begin, dot) + 1)
        found = _START.search(text, low, dot)
        stop = labels.end(number, found.start()) if found else 0
        if found and stop:
            return labels.behind_first(number, found.start()) or (found.start(), stop)
    return 0, 0


class _Labels:
    """A run parted at its dots. `best[n]` is the last dot that can stand before a top-level domain of a domain that
    begins in label `n`, -1 for none."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.dots = [found.start() for found in _FULL_STOP.finditer(text, start, end)]
        self.begins = [start, *(dot + 1 for dot in self.dots)]
        self.tlds = [tld(text, dot + 1) for dot in self.dots]
        self.best = self._best()

    def _best(self) -> list[int]:
        best = [-1] * len(self.dots)
        last = -1
        for number in range(len(self.dots) - 1, -1, -1):
            begin, dot = self.begins[number], self.dots[number]
            if begin >= dot or self.text[dot - 1] in "-_":
                last = -1  # no domain goes over this label
                continue
            if last < 0 and self.tlds[number]:
                best[number] = number
            if last >= 0:
                best[number] = last
            whole = self.text[begin] not in "-_"
            if not whole:
                last = -1
            elif last < 0 and self.tlds[number] and self.text.find("_", begin, dot) < 0:
                last = number
        return best

    def behind_first(self, number: int, begin: int) -> tuple[int, int] | None:
        """twitter-text rather takes a text's first character for what stands before a domain than for its first."""
        found = _START.match(self.text, 1, self.dots[number]) if begin == 0 else None
        stop = self.end(number, 1) if found else 0
        return (1, stop) if stop else None

    def end(self, number: int, begin: int) -> int:
        """The end of the domain that begins at `begin`, in label `number`; 0 for none."""
        best = self.best[number] if self.dots else -1
        if best < 0 or (best == number and self.text.find("_", begin, self.dots[number]) >= 0):
            return 0
        return self.tlds[best]


def tld(text: str, place: int) -> int:
    """The end of the top-level domain that begins at `place`; 0 for none."""
    found = _LATIN_TLD.match(text, place)
    if found and found[0].lower() in TLDS:
        return found.end()
    found = _PUNYCODE.match(text, place) or _WORLD.match(text, place)
    return found.end() if found else 0


def ascii_parts(domain: str) -> list[tuple[int, int]]:
    """The parts of a domain that are domains in Latin letters by themselves: of 例example.comの the example.com."""
    if domain.isascii() and "_" not in domain:
        return [(0, len(domain))]
    found, at = [], 0
    while labels := _LABELS.search(domain, at):
        at = labels.end()
        for dot in sorted(labels.ends(1), reverse=True):
            stop = tld(domain, dot)
            if stop:
                found.append((labels.start(), stop))
                at = stop
                break
    return found


def is_encodable(domain: str) -> bool:
    """Every label, as the domain name system would write it, has 1 to 63 characters."""
    if domain[:4] == "xn--" and not ascii_parts(domain):
        return False
    return all(0 < _encoded(label) <= LONGEST_LABEL for label in domain.split("."))


def _encoded(label: str) -> int:
    """A label's length in Punycode. Japanese full stops part labels too."""
    if label.isascii():
        return len(label)
    parts = _FULL_STOPS.split(label)
    lengths = (len(part) if part.isascii() else 4 + len(part.encode("punycode")) for part in parts)
    return sum(lengths) + len(parts) - 1
