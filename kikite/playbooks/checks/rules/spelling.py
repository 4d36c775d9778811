"""Spelling and grammar in English: done in the browser by Harper, so that no word leaves it for this."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from ..frame import Check

CHECK = Check(
    "spelling",
    gettext_lazy("Spelling and grammar"),
    gettext_lazy("teh, could of, a apple"),
    None,
    ("en",),
)
