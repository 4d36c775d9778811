"""A word or a particle that stands twice."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import phrases

# Not "that that" or "had had", which can be right.
_ENGLISH = regex.compile(
    r"\b(the|to|is|a|an|and|for|of|in|your|you|we|with|are|our|it|this|on|at|be|will|please|my)\s+\1\b(?![-'’])",
    regex.IGNORECASE,
)
# Behind a noun only: ことと, ものの and までで are right.
_JAPANESE = regex.compile(r"(?<=[\p{Han}\p{Katakana}A-Za-z0-9ー」])(を|が|は|に|で|と|も|へ)\1(?!\1)(?=\P{Katakana})")


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each second one."""
    pattern = _JAPANESE if draft.language == "ja" else _ENGLISH
    for start, end, words in phrases(draft.text, pattern):
        if not pattern.search(words) and draft.language != "ja":
            continue  # a link or a name stood between the two
        once = words[0] if draft.language == "ja" else words.split()[0]
        yield Finding(start, end, _("“%(word)s” stands twice") % {"word": once}, once)


CHECK = Check("doubled", gettext_lazy("Doubled words"), gettext_lazy("the the, をを"), find, ("en", "ja"))
