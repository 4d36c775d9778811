"""How long a post is on the practice network: 280, weighted as on X (CJK and emoji 2, a link 23)."""

from __future__ import annotations

import re
import unicodedata

LENGTH = 280
PRIVATE_LENGTH = 10_000
MEDIA = 4
MEDIA_BYTES = 5_000_000

_LINK = re.compile(r"(?:https?://|\b(?:[a-z0-9-]+\.)+[a-z]{2,}/)[^\s<>\"]*", re.IGNORECASE)
# What belongs to the emoji before it and adds no weight: variation selectors, skin tones, and all after a joiner.
_JOINED = re.compile("\u200d[^\u200d]|[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_ADDRESSEES = re.compile(r"\A\s*(?:@[A-Za-z0-9_]{1,30}\s+)+")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def weight(text: str) -> int:
    """Never more than X's own count for the same words, so that a client that counts exactly is never refused.
    The names at its head weigh nothing, as in a reply."""
    text = _ADDRESSEES.sub("", unicodedata.normalize("NFC", text))
    links = len(_LINK.findall(text))
    text = _FLAG.sub("\U0001f1e6", _JOINED.sub("", _LINK.sub("", text)))
    return links * 23 + sum(1 if any(low <= ord(char) <= high for low, high in _LIGHT) else 2 for char in text)
