"""Words that argue with the customer."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import phrases

_DONE = r"\w+ed|been|known|told|read|done|gone|taken|made|got|paid|sent|kept|come|given|left|said"
_SAID = "said|told you|mentioned|explained"
_ENGLISH = (
    rf"\byou should(?: have|['’]ve) (?:{_DONE})\b",
    rf"\b(?:as|like) (?:i|we)(?:['’]ve)? (?:already |previously )?(?:{_SAID})\b",
    r"\bas (?:already |previously )?(?:stated|mentioned|explained)(?: before| above| already)?\b",
    r"\bactually,|\bwith all due respect\b|\bcalm down\b|\bper my last\b|\byou failed to\b|\byou must understand\b",
    r"\bthat['’]?s not (?:our|my) (?:problem|fault)\b|\bthere is nothing (?:we|i) can do\b|\byou['’]?re wrong\b",
)
_JAPANESE = (
    "(?:先ほど|先程|何度|前に)も申し上げ",
    "(?:お客様|あなた)の(?:ミス|責任|せい|勘違い|思い違い|落ち度)",
    r"(?<=^|[。！？\n])(?:ですから|だから|普通は)、|お分かりいただけますか",
)
_ARGUES = regex.compile("|".join((*_ENGLISH, *_JAPANESE)), regex.IGNORECASE)


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each of them; what to say instead depends on what happened, so there is no fix."""
    for start, end, _words in phrases(draft.text, _ARGUES):
        yield Finding(start, end, _("Sounds like arguing. Say what happens next instead"))


CHECK = Check(
    "arguing",
    gettext_lazy("Arguing"),
    gettext_lazy("you should have, as I said, お客様の勘違い"),
    find,
    ("en", "ja"),
    voice=True,
)
