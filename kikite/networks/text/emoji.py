"""Emoji that are made of several characters and count as one: flags, skin tones, families, keycaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_TONE, _TONES = "\U0001f3fb", "[\U0001f3fb-\U0001f3ff]"
# One of these is in every emoji of several characters.
SIGNS = re.compile("[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]")
# Drawn as a picture by themselves, and yet X takes the sign "as a picture" behind them for a part of them; and one that
# may lack it.
_ALSO = (
    *(sign + "\ufe0f" for sign in "⌚⌛☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽❗⬛⬜⭐⭕🀄🈚🈯"),
    *(f"{key}\u20e3" for key in "#*0123456789"),
    "\U0001f441\u200d\U0001f5e8",
    *(f"{sign}\ufe0f{_TONE}" for sign in "\U0001f3cb\U0001f3cc\U0001f574\U0001f575\U0001f590☝⛹✌✍"),
)


type _Tree = dict[str, _Tree]


def _tree(texts: Iterable[str]) -> _Tree:
    tree: _Tree = {}
    for text in texts:
        branch = tree
        for char in text:
            branch = branch.setdefault(char, {})
        branch[""] = {}
    return tree


def _pattern(tree: _Tree) -> str:
    """The longest of the tree's texts first, without trying one after the other."""
    longer = [_char(char) + _pattern(branch) for char, branch in sorted(tree.items()) if char]
    if not longer:
        return ""
    inside = longer[0] if len(longer) == 1 else f"(?:{'|'.join(longer)})"
    return f"(?:{inside})?" if "" in tree else inside


def _char(char: str) -> str:
    return _TONES if char == _TONE else re.escape(char)


_LISTED = (Path(__file__).parent / "emoji.txt").read_text("utf-8").splitlines()
EMOJI = re.compile(_pattern(_tree([*(line for line in _LISTED if line and not line.startswith(":")), *_ALSO])))


def joined(text: str) -> list[tuple[int, int]]:
    """Where emoji of several characters stand in a text."""
    if text.isascii() or not SIGNS.search(text):
        return []
    return [found.span() for found in EMOJI.finditer(text)]
