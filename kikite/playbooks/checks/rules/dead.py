"""A link that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import LINK


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each link that did not answer when it was last looked at (`kikite.playbooks.links`)."""
    for link in LINK.finditer(draft.text):
        if link[0] in context.dead:
            yield Finding(link.start(), link.end(), _("This page does not answer, or is not there"))


CHECK = Check("dead", gettext_lazy("A dead link"), gettext_lazy("a page that is not there any more"), find)
