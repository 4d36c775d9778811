"""The brand signs, and this agent has nothing to sign with."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding

_SIGNED = regex.compile(r"[\^*~/-]\s?\p{L}{1,12}\s*$")


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """A draft that its agent signed by hand is signed."""
    if context.signs and not draft.signature and not _SIGNED.search(draft.text):
        yield Finding(
            0, 0, _("Your brand signs its replies, and you have no initials yet. Set them under Settings, You")
        )


CHECK = Check("sign_off", gettext_lazy("A missing sign-off"), gettext_lazy("a reply without ^CP"), find)
