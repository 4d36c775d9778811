"""Whether a post fits a listener's query, for streams that tell everything and match nothing.

A query is words that must all be there, in any order. A "phrase in quotes" is there as it stands, -word must not be
there, and OR parts alternatives. Case, width (ｶﾊﾞﾝ, カバン) and compatibility forms make no difference. A word of
letters that are written with spaces matches whole words; Japanese, which is written without, matches anywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import regex

_TERM = regex.compile(r'(-?)(?:"([^"]+)"|(\S+))')
# Scripts that are written without spaces between words.
_SPACELESS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LONGEST = 500

type Fits = Callable[[str], bool]


def matcher(queries: Sequence[str]) -> Fits:
    """Whether a text fits one of `queries`. An empty query fits nothing."""
    alternatives = [one for query in queries for one in _alternatives(query[:_LONGEST])]

    def fits(text: str) -> bool:
        same = normal(text)
        return any(
            all(found.search(same) for found in wanted) and not any(found.search(same) for found in unwanted)
            for wanted, unwanted in alternatives
        )

    return fits


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


type _Terms = tuple[list[regex.Pattern[str]], list[regex.Pattern[str]]]


def _alternatives(query: str) -> list[_Terms]:
    found: list[_Terms] = [([], [])]
    for minus, phrase, word in _TERM.findall(query):
        if word == "OR" and not minus:
            found.append(([], []))
        elif term := normal(phrase or word).strip():
            found[-1][1 if minus else 0].append(_pattern(term))
    return [terms for terms in found if terms[0]]


def _pattern(term: str) -> regex.Pattern[str]:
    """Where the term begins or ends with a letter of a spaced script, a word begins or ends there."""
    inside = r"\s+".join(regex.escape(word) for word in term.split())
    before = r"(?<![\p{L}\p{N}])" if _is_spaced(term[0]) else ""
    after = r"(?![\p{L}\p{N}])" if _is_spaced(term[-1]) else ""
    # Next to a kanji there is a border, though both are letters.
    loose = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
    before = rf"(?:{before}|(?<={loose}))" if before else ""
    after = rf"(?:{after}|(?={loose}))" if after else ""
    return regex.compile(before + inside + after)


def _is_spaced(letter: str) -> bool:
    return letter.isalnum() and not _SPACELESS.match(letter)
