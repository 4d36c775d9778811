"""Texts of X: out of its escapes and short links, and made comparable with what we sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from kikite.networks import raw
from kikite.networks.raw import Json

_ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ESCAPE = re.compile("&(?:amp|lt|gt);")
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_LEADING_NAMES = re.compile(r"^(?:@\w{1,30}\s+)+")
_SLASH = re.compile(r"/(?=\s|$)")


def plain(text: str, urls: Iterable[Json], dropped: Iterable[str] = ()) -> str:
    """`text` with its short links (entities `urls`) spelt out, without the `dropped` ones: those of pictures that stand
    beside it and of the post that it quotes."""
    text = _ESCAPE.sub(lambda found: _ESCAPED[found[0]], text)
    for url in urls:
        short, full = raw.maybe_text(url, "url"), raw.web_address(url, "expanded_url")
        if short and full:
            text = text.replace(short, full)
    for link in dropped:
        text = text.replace(link, "")
    return text.strip()


def comparable(text: str) -> str:
    """What is left of a text when everything is taken away that X adds or rewrites: names at the head of a reply,
    schemes of links, spaces, compositions of characters."""
    text = unicodedata.normalize("NFC", text).strip()
    text = _LEADING_NAMES.sub("", text)
    text = _SLASH.sub("", _SCHEME.sub("", text))
    return " ".join(text.split())
