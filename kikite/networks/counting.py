"""How long a text is, as the networks measure it.

Weighted: twitter-text configuration v3 (NFC; Latin and common punctuation weigh 1, everything else and each emoji 2,
a link 23). Graphemes: Unicode's user-perceived characters. Characters: code points, links at a fixed weight, and of
@user@host only @user, as Mastodon counts.
"""

from __future__ import annotations

import unicodedata

import regex

from .contract import Counting, Limits

LINK = regex.compile(
    r"https?://[^\s<>\"'()\[\]{}、。」』）]+[^\s<>\"'()\[\]{}、。」』）.,:;!?]", regex.IGNORECASE
)  # fmt: skip
_REMOTE_MENTION = regex.compile(r"(@[A-Za-z0-9_.-]+)@[A-Za-z0-9.-]+[A-Za-z0-9]")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def weight(text: str, limits: Limits) -> int:
    """The length of `text` in the unit of `limits.length`."""
    if limits.counting is Counting.GRAPHEMES:
        return len(regex.findall(r"\X", text))
    if limits.counting is Counting.CHARACTERS:
        text = _REMOTE_MENTION.sub(r"\1", text)
        return _with_links(text, limits, len)
    return _with_links(unicodedata.normalize("NFC", text), limits, _weighted)


def _with_links(text: str, limits: Limits, measure: object) -> int:
    assert callable(measure)
    if limits.link_weight is None:
        return int(measure(text))
    rest, links = LINK.subn("", text)
    return int(measure(rest)) + links * limits.link_weight


def _weighted(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_grapheme(cluster) for cluster in regex.findall(r"\X", text))


def _grapheme(cluster: str) -> int:
    """An emoji of any make-up weighs 2; otherwise each code point weighs by its range."""
    if len(cluster) > 1 and _EMOJI.search(cluster):
        return 2
    return sum(1 if any(low <= ord(char) <= high for low, high in _LIGHT) else 2 for char in cluster)
