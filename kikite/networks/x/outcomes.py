"""What X's answer to a write means for the part that was sent.

X tells refusals apart by their sentence alone: most are a 403 whose type is "about:blank". The patterns are those
sentences, in the words of API 2 and of 1.1, whose codes some answers still carry.
"""

from __future__ import annotations

import re

from kikite.lib.http import Answer
from kikite.networks.contract import Later, Reason, Refused, Unknown

from .answers import problem, sentence, until

# The first that fits counts.
_SENTENCES = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"duplicate content|status is a duplicate", Reason.DUPLICATE),
        (r"not been mentioned|otherwise engaged|summon|mention(?:s|ed)? or quot", Reason.UNSUMMONED),
        (r"deleted or not visible|(?:tweet|post) that (?:is|was) deleted|could not find|no status found", Reason.GONE),
        (r"\bblock(?:ed|ing)?\b", Reason.BLOCKED),
        (r"cannot send messages|permission to (?:dm|send)|not accept(?:ing)? (?:direct )?messages", Reason.CLOSED),
        (r"(?:do|does)(?: not|n't) follow you", Reason.CLOSED),
        (r"too long|character limit|too many characters", Reason.TOO_LONG),
        (r"\bmedia\b|attachment", Reason.MEDIA),
    )
)


def refusal(answer: Answer) -> Refused | Later | Unknown:
    """An answer other than 2xx."""
    said, status = sentence(answer), answer.status
    if status >= 500:
        return Unknown(f"{status}: {said}")  # it may stand: a proxy gave up on X, or X failed after saving
    if status == 429:
        return Later(Reason.RATE_LIMITED, until(answer), said)
    if status == 401:
        return Later(Reason.UNAUTHORISED, detail=said)
    if status in (402, 408, 425) or status < 400:
        return Later(Reason.UNAVAILABLE, detail=said)  # credits used up, or nothing that X would answer
    if status == 413:
        return Refused(Reason.MEDIA, said)
    return Refused(_reason(answer, said), said)


def _reason(answer: Answer, said: str) -> Reason:
    found = next((reason for pattern, reason in _SENTENCES if pattern.search(said)), None)
    if found:
        return found
    if answer.status == 404 or problem(answer) == "resource-not-found":
        return Reason.GONE
    return Reason.FORBIDDEN if answer.status == 403 else Reason.INVALID
