"""Words marked in HTML, by their places in the text that it shows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

_TAG = re.compile(r"<[^<>]*>")


def highlight(html: str, hits: Sequence[tuple[int, int]], tag: str = "em") -> str:
    """`html` with `tag` around each hit: places of its shown text (markup does not count), in order and apart.

    A mark at the very end of a piece of text stands before the markup that follows if it closes what was opened in
    that piece, else behind it.
    """
    spots = deque((place, f"<{'/' * end}{tag}>", bool(end)) for hit in hits for end, place in enumerate(hit))
    parts, shown = [], 0
    for piece, markup in zip(_TAG.split(html), [*_TAG.findall(html), ""], strict=True):
        at, opened = 0, False
        while spots and (spots[0][0] < shown + len(piece) or (opened and spots[0][0] == shown + len(piece))):
            place, mark, closes = spots.popleft()
            parts += [piece[at : place - shown], mark]
            at, opened = place - shown, not closes
        parts += [piece[at:], markup]
        shown += len(piece)
    return "".join([*parts, *(mark for _place, mark, _closes in spots)])
