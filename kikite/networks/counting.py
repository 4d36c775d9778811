"""How long a text is, as the networks measure it: whole, and from its beginning to any place in it.

Weighted: twitter-text configuration v3 (kikite.networks.text.weighing). Graphemes: Unicode's user-perceived
characters. Characters: code points; links at a fixed weight where the network has one; of @user@host only @user, as
Mastodon counts. (Mastodon itself counts graphemes, some of its relatives code points: what fits by code points fits
everywhere.) UTF-16: the units in which Java and JavaScript count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from itertools import accumulate
from unicodedata import normalize

import regex

from .contract import Counting, Limits
from .text.links import links
from .text.weighing import V3, Weights, steps, weigh

_GRAPHEME = regex.compile(r"\X")
_REMOTE_NAME = regex.compile(r"(?<![/\w])@[A-Za-z0-9_.-]+(@[A-Za-z0-9.-]+[A-Za-z0-9])")
_HEAD = regex.compile(r"(?:@([A-Za-z0-9_]{1,20})\s+)+")


def weight(text: str, limits: Limits, *, private: bool = False, names: Collection[str] = ()) -> int:
    """The length of `text` in the unit of `limits`; of a private message with `private`.

    `names` are the handles of those who are answered: at the head of a reply the network fills them in by itself and
    counts them nothing, where `limits.free_names` says so.
    """
    return ruler(limits, private).weight(text[head(text, limits, names) :])


def size(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def head(text: str, limits: Limits, names: Collection[str]) -> int:
    """How many characters at the head of a reply weigh nothing."""
    if not names or not limits.free_names or text[:1] != "@":
        return 0
    found, known, end = _HEAD.match(text), {name.removeprefix("@").lower() for name in names}, 0
    for number, name in enumerate(found.captures(1) if found else ()):
        if name.lower() not in known:
            break
        assert found
        following = found.starts(1)[number + 1 : number + 2]
        end = following[0] - 1 if following else found.end()
    return end


def ruler(limits: Limits, private: bool = False) -> Ruler:
    """How the network measures a post, or a private message."""
    counting = (limits.private_counting if private else None) or limits.counting
    return _ruler(counting, limits.link_weight)


@cache
def _ruler(counting: Counting, link: int | None) -> Ruler:
    if counting is Counting.WEIGHTED:
        return _Weighted(link)
    return {Counting.GRAPHEMES: _Graphemes, Counting.UTF16: Ruler, Counting.CHARACTERS: _Characters}[counting](link)


class Ruler:
    """Measures in UTF-16 units; the others differ from it. `link` is what a link weighs, None: as any other word."""

    def __init__(self, link: int | None) -> None:
        self.link = link

    def weight(self, text: str) -> int:
        return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2

    def sums(self, text: str) -> Sequence[int]:
        """`sums(text)[n]` is what the first n characters weigh together, for every n that parts nothing whole."""
        return range(len(text) + 1) if text.isascii() else summed([1 + (char > "\uffff") for char in text])


class _Graphemes(Ruler):
    def weight(self, text: str) -> int:
        return len(text) if _is_plain(text) else len(_GRAPHEME.findall(text))

    def sums(self, text: str) -> Sequence[int]:
        if _is_plain(text):
            return range(len(text) + 1)
        each = [0] * len(text)
        for cluster in _GRAPHEME.finditer(text):
            each[cluster.start()] = 1
        return summed(each)


class _Characters(Ruler):
    def weight(self, text: str) -> int:
        total = len(text)
        if "@" in text:
            total -= sum(len(found[1]) for found in _REMOTE_NAME.finditer(text))
        if self.link is not None:
            total += sum(self.link - link.end + link.start for link in links(text, bare=False))
        return total

    def sums(self, text: str) -> Sequence[int]:
        each = [1] * len(text)
        for found in _REMOTE_NAME.finditer(text) if "@" in text else ():
            each[found.start(1) : found.end(1)] = [0] * len(found[1])
        for link in links(text, bare=False) if self.link is not None else ():
            each[link.start : link.end] = [self.link or 0, *[0] * (link.end - link.start - 1)]
        return summed(each)


class _Weighted(Ruler):
    def __init__(self, link: int | None) -> None:
        super().__init__(link)
        self.weights = V3 if link in (None, V3.link) else Weights(V3.most, V3.heavy, V3.light, link or 0, emoji=True)

    def weight(self, text: str) -> int:
        return weigh(text, self.weights)

    def sums(self, text: str) -> Sequence[int]:
        if text.isascii() and "." not in text:
            return range(len(text) + 1)
        if normalize("NFC", text) == text:
            return summed(steps(text, self.weights))
        return summed(self._composed(text))

    def _composed(self, text: str) -> list[int]:
        """Of a text whose letters and marks are apart: each grapheme weighs what it weighs composed."""
        each = [0] * len(text)
        for cluster in _GRAPHEME.finditer(text):
            each[cluster.start()] = weigh(cluster[0], self.weights)
        for link in links(text):
            each[link.start : link.end] = [self.weights.link, *[0] * (link.end - link.start - 1)]
        return each


def summed(each: Sequence[int]) -> list[int]:
    """Running sums, from nothing to all."""
    return list(accumulate(each, initial=0))


def _is_plain(text: str) -> bool:
    """Every character is a grapheme of its own: only CR LF is one of two in ASCII."""
    return text.isascii() and "\r" not in text
