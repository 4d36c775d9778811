"""Says what an earlier answer in this case said."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import alike, bare, pieces

LIKE = 0.75  # of the three-letter pieces in common; below it, answers to one matter are alike because it is one matter
LEAST = 24  # such pieces: "Thank you, Mara" may be said twice
BACK = 30


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """The whole draft, beside the earlier answer's beginning."""
    now = pieces(bare(draft.text))
    if now.total() < LEAST:
        return
    for said in context.ours[: -BACK - 1 : -1]:
        before = bare(said.text)
        if len(before) >= LEAST and alike(now, pieces(before)) >= LIKE:
            beginning = before[:40] + ("…" if len(before) > 40 else "")
            yield Finding(0, 0, _("This was said before in this case: “%(words)s”") % {"words": beginning})
            return


CHECK = Check("again", gettext_lazy("Says the same again"), gettext_lazy("an answer that was given before"), find)
