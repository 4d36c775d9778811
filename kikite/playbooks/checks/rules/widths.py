"""Japanese: half-width katakana, and digits of both widths in one reply."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import phrases

_HALF = regex.compile("[ｦ-ﾝ][ｦ-ﾟ]+")  # a single one, or a mark alone, is part of a face: (ﾟДﾟ)
_WIDE = regex.compile("[０-９]+")
_NARROW = regex.compile("[0-9]+")


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Half-width words; wide digits beside narrow ones."""
    for start, end, words in phrases(draft.text, _HALF):
        yield Finding(start, end, _("Half-width katakana"), unicodedata.normalize("NFKC", words))
    if any(phrases(draft.text, _NARROW)):
        for start, end, digits in phrases(draft.text, _WIDE):
            narrow = unicodedata.normalize("NFKC", digits)
            yield Finding(start, end, _("The other digits are half-width"), narrow)


CHECK = Check("widths", gettext_lazy("Widths of characters"), gettext_lazy("ｶﾀｶﾅ, 12 and １２"), find, ("ja",))
