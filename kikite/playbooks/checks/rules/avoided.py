"""Words that the brand does not say."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Avoided, Check, Context, Draft, Finding
from ..wording import cased, phrases


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each of them, with what the brand says instead."""
    said = {one.word.casefold(): one for one in context.voice.avoid if one.word}
    if not said:
        return
    for start, end, words in phrases(draft.text, _pattern(tuple(said))):
        yield _finding(start, end, words, said[words.casefold()])


def _pattern(words: tuple[str, ...]) -> regex.Pattern[str]:
    """Whole words where words have borders; longer ones first."""
    one = [rf"(?<!\w){regex.escape(word)}(?!\w)" if word.isascii() else regex.escape(word) for word in words]
    return regex.compile("|".join(sorted(one, key=len, reverse=True)), regex.IGNORECASE)


def _finding(start: int, end: int, words: str, avoided: Avoided) -> Finding:
    if not avoided.instead:
        return Finding(start, end, _("We do not say “%(words)s”") % {"words": words})
    instead = cased(words, avoided.instead)
    reason = _("We say “%(instead)s” instead") % {"instead": instead}
    return Finding(start, end, reason, instead)


CHECK = Check(
    "avoided",
    gettext_lazy("Words to avoid"),
    gettext_lazy("what stands on this page under “Words we avoid”"),
    find,
    voice=True,
)
