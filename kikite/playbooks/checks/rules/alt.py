"""A picture that nobody described."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding, Offer


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """The first of them; the next one when that is described."""
    for file in draft.files:
        if file.kind == "image" and not file.alt.strip():
            reason = _("%(name)s has no description for people who cannot see it") % {"name": file.name}
            yield Finding(0, 0, reason, offer=Offer.ALT)
            return


CHECK = Check(
    "alt", gettext_lazy("A picture without a description"), gettext_lazy("a screenshot without alt text"), find
)
