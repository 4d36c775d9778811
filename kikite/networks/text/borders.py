"""Where a text may be parted, in English and Japanese, and how well each place will do.

Punctuation alone does not tell: "Mr. Sato", "e.g. this", "at 6 p.m. we" and 「はい。」と are no ends of sentences, and
the spaces in "+81 3 1234 5678", "25 November" and "TA 318" are no places to part. Japanese has no spaces: after its
punctuation comes the place behind a particle, before a kanji or katakana.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import regex

from .entities import entities


class Border(IntEnum):
    """How good a place is to part at, the best first."""

    PARAGRAPH = 0
    SENTENCE = 1
    CLAUSE = 2
    PHRASE = 3  # before "and", "because", a bracket
    WORD = 4
    GLUED = 5  # a space that belongs to a number, a name or an abbreviation
    CHARACTER = 6  # between characters of a script without spaces
    INSIDE = 7  # inside a word, a link, a number: only where it alone is longer than a post
    BROKEN = 8  # inside a character that is longer than a post


@dataclass(frozen=True, slots=True)
class Place:
    """One part ends at `end`; the next begins at `start`. What is between is white space."""

    end: int
    start: int
    border: Border


_CLOSING = "\"'”’»)\\]}」』）】〉》〕］｝"
_OPENING = "(\\[{“‘«「『（【〈《〔［｛"
_KANA_KANJI = r"\p{Han}\p{Katakana}"
# Kana that end a phrase far more often than they stand inside a word; no お and ご, which begin one, and none of the
# i-row that joins two verbs in one (取り消し).
_PARTICLES = "はがをにでともへのやてたするらかばずくね"
_SPOT = regex.compile(
    rf"(?<gap>\s+)"
    rf"|(?<end>[。．！？!?]+[{_CLOSING}]*)(?=[^\s。．！？!?、，,.{_CLOSING}]|\Z)(?<=[。．！？][{_CLOSING}]*|(?=[\p{{Han}}\p{{Hiragana}}{_OPENING}]))"
    rf"|(?<clause>[、，；：‥…―—]+[{_CLOSING}]*)(?=[^\s。．！？!?、，{_CLOSING}])"
    rf"|(?<close>[」』）】〉》〕］｝]+)(?=[^\s。．！？!?、，,.{_CLOSING}])"
    rf"|(?<=[{_PARTICLES}])(?=[{_KANA_KANJI}])"
)
# The best of them alone: behind punctuation, and where lines end. Far fewer, and mostly enough.
_MARKS = ".!?…。．！？‼⁇⁈⁉,;:、，；：–—―‥"
_STRONG = re.compile(rf"[^\S\n]*\n\s*|(?<=[{_MARKS}{_CLOSING}])\s+")
_JAPANESE = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")
_SENTENCE_END = regex.compile(rf"[.!?…。．！？‼⁇⁈⁉]+[{_CLOSING}]*$")
_CLAUSE_END = regex.compile(rf"[,;:、，；：–—―‥]+[{_CLOSING}]*$")
_LAST_WORD = regex.compile(r"(?<![\p{L}\p{N}])[\p{L}\p{N}.]+$")
_BEFORE_NAME = frozenset({
    "mr", "mrs", "ms", "mx", "dr", "prof", "st", "mt", "no", "nos", "vs", "fig", "gen", "col", "lt", "sgt", "capt",
    "rev", "hon", "approx", "ca", "cf", "tel", "ext",
})  # fmt: skip
_SHORTENED = frozenset({
    "e.g", "i.e", "a.m", "p.m", "etc", "inc", "ltd", "co", "corp", "dept", "est", "jan", "feb", "mar", "apr", "jun",
    "jul", "aug", "sep", "sept", "oct", "nov", "dec",
})  # fmt: skip
_SHORTENED_ALWAYS = frozenset(("e.g", "i.e"))
_INITIALS = regex.compile(r"(?:\p{Lu}\.)*\p{Lu}")
_CONJUNCTION = regex.compile(
    rf"(?:and|but|or|because|so|while|when|if|which|who|that|unless|until|then)\s|[{_OPENING}–—-]"
)
_BEGINS_PHRASE = frozenset(f"abosuwit{_OPENING}–—-".replace("\\", ""))
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
# Pairs that one space holds together: what stands before it | what stands behind it.
_GLUE_BEFORE = regex.compile(rf"(?:[\d)]|[+#№$€£¥]|\b[A-Z]{{2,3}}|\b(?i:{_MONTHS})\.?)$")
_GLUE_BEHIND = regex.compile(rf"\(?[\d+]|(?i:a\.?m\b|p\.?m\b|(?:{_MONTHS})\b)|(?:%|kg|km|h|min|EUR|USD|JPY|GBP)\b")
_WORDS = regex.compile(
    r"[\p{L}\p{M}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}ー]]+(?:[.,:/'’+_-][\p{L}\p{M}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}ー]]+)*|[\p{Katakana}ー]+",
    regex.VERSION1,
)
# A character with what may not begin a line, and what may not end one with the character behind it.
_CHARACTER = regex.compile(rf"[{_OPENING}]*\X[{_CLOSING}。．、，！？!?…‥ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ]*")


def strong(text: str) -> list[Place]:
    """Those behind punctuation and at the ends of lines, in their order: quicker found than all."""
    if _JAPANESE.search(text):
        return [place for place in borders(text) if place.border <= Border.CLAUSE]
    found = []
    for gap in _STRONG.finditer(text):
        start, end = gap.span()
        if start > 0 and end < len(text):
            border = _of_gap(text, start, end)
            if border <= Border.CLAUSE:
                found.append(Place(start, end, border))
    return found


def borders(text: str) -> list[Place]:
    """All places in their order, none of them inside a link, a name or a tag."""
    found = list(_places(text))
    # What has white space in it is none of these.
    if any(place.end == place.start for place in found) and any(sign in text for sign in ".@＠#＃$"):
        found = _outside(found, [(entity.start, entity.end) for entity in entities(text)])
    return found


def _outside(places: Sequence[Place], spans: Sequence[tuple[int, int]]) -> list[Place]:
    kept, at = [], 0
    for place in places:
        while at < len(spans) and spans[at][1] < place.start:
            at += 1
        inside = at < len(spans) and spans[at][0] < place.end < spans[at][1]
        if not inside:
            kept.append(place)
    return kept


def _places(text: str) -> Iterator[Place]:
    depth = 0
    at = 0
    for found in _SPOT.finditer(text):
        start, end = found.span()
        depth = max(0, depth + _depth(text, at, end))
        at = end
        if end >= len(text) or end == 0:
            continue
        if found["gap"]:
            yield Place(start, end, _of_gap(text, start, end))
        elif found["end"]:
            quoted = depth > 0 or (text[end - 1] in _CLOSING and text[end] in "とっ")
            yield Place(end, end, Border.CLAUSE if quoted else Border.SENTENCE)
        elif found["clause"]:
            yield Place(end, end, Border.CLAUSE)
        else:
            yield Place(end, end, Border.WORD)


def _depth(text: str, start: int, end: int) -> int:
    """How many Japanese quotes and brackets open, less those that close."""
    part = text[start:end]
    if part.isascii():
        return 0
    return sum(map(part.count, "「『（")) - sum(map(part.count, "」』）"))


def _of_gap(text: str, start: int, end: int) -> Border:
    last, first = text[start - 1], text[end]
    if end - start > 1 or not (last.isalpha() or last.isdigit()):
        gap = text[start:end]
        if "\n" in gap or "\r" in gap:
            lines = gap.replace("\r\n", "\n").replace("\r", "\n").count("\n")
            return Border.PARAGRAPH if lines > 1 else Border.SENTENCE
        before = text[max(0, start - 24) : start]
        if _SENTENCE_END.search(before):
            return _of_stop(before, text[end : end + 24])
        if _CLAUSE_END.search(before):
            return Border.CLAUSE
    elif text[start] in "\n\r":
        return Border.SENTENCE
    if end - start == 1 and not (last.islower() and first.isalpha()) and _is_glued(text, start, end):
        return Border.GLUED
    return Border.PHRASE if first in _BEGINS_PHRASE and _CONJUNCTION.match(text, end) else Border.WORD


def _is_glued(text: str, start: int, end: int) -> bool:
    return bool(_GLUE_BEHIND.match(text, end) and _GLUE_BEFORE.search(text, max(0, start - 12), start))


def _of_stop(before: str, behind: str) -> Border:
    """Behind a full stop or its like: a sentence's end, or only that of an abbreviation."""
    goes_on = behind[:1].islower()
    if before[-1] != ".":
        return Border.CLAUSE if goes_on and "…" in before[-2:] else Border.SENTENCE
    found = _LAST_WORD.search(before)
    word = found[0].rstrip(".") if found else ""
    if before.endswith(".."):
        return Border.CLAUSE if goes_on else Border.SENTENCE
    if word.lower() in _BEFORE_NAME or _INITIALS.fullmatch(word) or word.lower() in _SHORTENED_ALWAYS:
        return Border.GLUED
    if word.lower() in _SHORTENED:
        return Border.SENTENCE if behind[:1].isupper() else Border.WORD
    return Border.SENTENCE


def between_characters(text: str, start: int, end: int) -> Iterator[Place]:
    """Places inside what has no border: between characters, outside of words, links, numbers and emoji."""
    spans = _joined(
        [(entity.start, entity.end) for entity in entities(text[start:end])],
        (found.span() for found in _WORDS.finditer(text[start:end])),
    )
    last = 0
    for found in _CHARACTER.finditer(text, start, end):
        place = found.end() - start
        while last < len(spans) and spans[last][1] <= place:
            last += 1
        if found.end() < end and not (last < len(spans) and spans[last][0] < place):
            yield Place(found.end(), found.end(), Border.CHARACTER)


def _joined(*groups: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in their order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for group in groups for span in group):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def inside(text: str, start: int, end: int) -> Iterator[Place]:
    """Places between what people see as characters."""
    for found in regex.finditer(r"\X", text, pos=start, endpos=end):
        if found.end() < end:
            yield Place(found.end(), found.end(), Border.INSIDE)


def broken(start: int, end: int) -> Iterator[Place]:
    """Places between code points."""
    for place in range(start + 1, end):
        yield Place(place, place, Border.BROKEN)
