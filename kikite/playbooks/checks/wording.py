"""What several checks need to know of words: their language, what stands for something else, and how alike two are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import regex


def words_of(text: str) -> frozenset[str]:
    """The words of a list that is written as a sentence."""
    return frozenset(text.split())


_JAPANESE = regex.compile(r"[\p{Hiragana}\p{Katakana}ー]")
_LETTER = regex.compile(r"\p{L}")
_WORD = regex.compile(r"[A-Za-z']+")
# The commonest words of English that no neighbour shares: by them a draft is English, not merely in Latin letters.
_ENGLISH = words_of(
    "the and you your our we are is it to of for with this that have has will can be on in at so sorry please "
    "thanks thank hi hello us if from not do but any as an been was were they their there here what when where "
    "which would could should about get got know let see send help like just more out up yes i'm we're we'll "
    "you're it's i'll don't can't my i by or all now them back look"
)
# Links, @names, #tags, e-mail addresses and ^signs: not words of the writer.
APART = regex.compile(
    r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+|[@#][\w.@-]+|[\^][\p{L}]{1,4}\b|\b[\w-]+\.(?:com|org|net|jp|co\.\w+)\b\S*"
)
LINK = regex.compile(r"(?:https?://|www\.)[^\s<>\"「」（）、。]+[^\s<>\"「」（）、。.,;:!?')\]]")
EMAIL = regex.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SIGNED = regex.compile(r"\s*(?:[\^/*~-]\s?\p{L}{1,12})(?:\s+\d+/\d+)?\s*$")


def language(text: str, likely: str = "") -> str:
    """ "ja", "en", or "" for another. `likely` is said of a text too short to tell."""
    words = APART.sub(" ", text)
    if _JAPANESE.search(words):
        return "ja"
    letters = len(_LETTER.findall(words))
    plain = [word.lower() for word in _WORD.findall(words)]
    if not letters or sum(map(len, plain)) < letters * 0.8:
        return likely if not letters else ""
    known = sum(word in _ENGLISH for word in plain)
    if known * 6 >= len(plain):
        return "en"
    return likely if len(plain) < 5 else ""


def masked(text: str) -> str:
    """The text with what is not the writer's own words blanked out; every place stays where it is."""
    return APART.sub(lambda found: " " * len(found[0]), text)


def bare(text: str) -> str:
    """The words alone: without links, names and sign-off."""
    return " ".join(APART.sub(" ", _SIGNED.sub("", text)).split())


def pieces(text: str, size: int = 3) -> Counter[str]:
    """The character n-grams of a text's letters and digits, whatever its case and spaces."""
    plain = "".join(char for char in text.casefold() if char.isalnum())
    return Counter(plain[at : at + size] for at in range(len(plain) - size + 1))


def alike(first: Counter[str], second: Counter[str]) -> float:
    """Dice's coefficient: 0 for nothing in common, 1 for the same."""
    whole = first.total() + second.total()
    return 2 * (first & second).total() / whole if whole else 0.0


def cased(like: str, words: str) -> str:
    """`words` with the capital that the words in their place begin with."""
    return words[:1].upper() + words[1:] if like[:1].isupper() else words


def phrases(text: str, pattern: regex.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Each (start, end, words) that matches among the writer's own words."""
    for found in pattern.finditer(masked(text)):
        yield found.start(), found.end(), text[found.start() : found.end()]
