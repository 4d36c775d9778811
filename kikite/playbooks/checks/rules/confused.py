"""English words that sound alike: your and you're, where and were, here and hear."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..frame import Check, Context, Draft, Finding
from ..wording import cased, phrases

_OURS = (
    "accounts?|orders?|flights?|bookings?|bags?|names?|numbers?|phones?|tickets?|reservations?|e-?mails?|details|"
    "feedback|patience|concerns?|questions?|issues?|messages?|time|dms?|experience|understanding|confirmation|"
    "requests?|app|devices?|seats?|trips?|cards?|packages?|address|payments?|refunds?|luggage|records?|day|order's"
)
_START = r"(?:(?<=^|[.!?…:\n]\s{0,3})|(?<=\b(?:and|but|yes|hi|hello) )|(?<=, ))"
_WELCOMES = "pack|e-?mail|letter|gift|kit|message|bonus|drink|desk|offer|home"
_YOU_ARE = (
    "going to|gonna|unable|able to|not (?:going|able|the|alone|happy|sure|seeing|getting)|"
    "still (?:having|seeing|unable|waiting|not)|having (?:trouble|issues|problems|difficult)|experiencing|"
    "looking (?:for|to)|trying to|referring to|all set"
)
_WE_ARE = "sorry|happy to|glad|here (?:to|for)|unable to|able to|aware of|working on|looking into"
_WERE = "unable|told|charged|looking for|trying|having|given|sent|delayed|going to|hoping"
# (what is written, what is meant); only where the words around leave no other reading.
_MEANT = [
    (rf"\byour(?= (?:very |most |so |always )*welcome\b(?! (?:{_WELCOMES})))", "you're"),
    (rf"\byour(?= (?:{_YOU_ARE})\b)", "you're"),
    (rf"\byou're(?= (?:{_OURS})\b)", "your"),
    (rf"{_START}where(?= (?:(?:very|so|really|truly|always) )?(?:{_WE_ARE})\b)", "we're"),
    (rf"(?<=\b(?:we|they|you) )where(?= (?:(?:{_WERE})\b|not (?!to\b)))", "were"),
    (rf"{_START}were(?= (?:is|do|did|does|can|are) )(?=[^.!\n]*\?)", "where"),
    (r"(?<=\b(?:sorry|glad|happy|sad|pleased|love|nice|good|great|like|hate) to )here\b", "hear"),
    (r"(?<=\b(?:could|should|would|must) )of\b(?! course)", "have"),
    (r"\btheir(?= (?:is|are|was|were|will be|has been|have been)\b)", "there"),
    (r"\bits(?= (?:a|not|been|an|because|going to)\b)", "it's"),
    (r"(?<=\b(?:more|rather|less|other|longer) )then(?= \w)", "than"),
]
_PATTERNS = [(regex.compile(written, regex.IGNORECASE), meant) for written, meant in _MEANT]
_CURLY = regex.compile("’")


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Each word that is another than the one meant."""
    straight = Draft(_CURLY.sub("'", draft.text))
    for pattern, meant in _PATTERNS:
        for start, end, written in phrases(straight.text, pattern):
            said = cased(written, meant)
            yield Finding(start, end, _("“%(meant)s” is meant here") % {"meant": said}, said)


CHECK = Check(
    "confused",
    gettext_lazy("Words that sound alike"),
    gettext_lazy("your for you’re, where for were"),
    find,
    ("en",),
)
