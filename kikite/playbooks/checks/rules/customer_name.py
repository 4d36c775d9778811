"""The first answer calls the customer by name."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding, Level
from ..wording import bare

_NAME = regex.compile(r"\p{Lu}\p{Ll}+(?:[-'’]\p{L}+)?|[\p{Han}\p{Hiragana}\p{Katakana}ー]{1,8}")
_PARTS = regex.compile(r"[\s・]+")


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Only where the profile shows what looks like a name, and nobody of us has spoken yet."""
    names = [part for part in _PARTS.split(context.name) if _NAME.fullmatch(part)]
    if not names or context.ours or len(bare(draft.text)) < (12 if draft.language == "ja" else 30):
        return
    if context.handle and context.handle.casefold() in draft.text.casefold():
        return
    if not any(name.casefold() in draft.text.casefold() for name in names):
        yield Finding(0, 0, _("The first answer, and the customer’s name is not in it: %(name)s") % {"name": names[0]})


CHECK = Check(
    "customer_name",
    gettext_lazy("The customer’s name in the first answer"),
    gettext_lazy("a first answer that calls nobody by name"),
    find,
    ("en", "ja"),
    Level.OFF,
    voice=True,
)
