"""What the server's answer to a write means for the part that was sent."""

from __future__ import annotations

import re

from kikite.lib.http import Answer
from kikite.networks import raw
from kikite.networks.contract import (
    Later,
    Reason,
    Refused,
    Sent,
    Unknown,
    Unreadable,
)

from .client import sentence, until

# The sentence of Mastodon's StatusLengthValidator, and those of its relatives.
_TOO_LONG = re.compile(r"character limit|too long|too many characters|length limit", re.IGNORECASE)


def refusal(answer: Answer, *, replying: bool) -> Refused | Later | Unknown:
    """An answer other than 2xx."""
    said, status = sentence(answer), answer.status
    if status >= 500:
        return Unknown(f"{status}: {said}")  # it may stand: a proxy gave up on the server, or it failed after saving
    if status == 429:
        return Later(Reason.RATE_LIMITED, until(answer), said)
    if status == 401:
        return Later(Reason.UNAUTHORISED, detail=said)
    if status == 403:
        return Refused(Reason.FORBIDDEN, said)
    if status in (404, 410) and replying:
        return Refused(Reason.GONE, said)
    if status == 422:
        return Refused(Reason.TOO_LONG if _TOO_LONG.search(said) else Reason.INVALID, said)
    if status in (404, 405, 408, 425) or status < 400:
        return Later(Reason.UNAVAILABLE, detail=said)  # no Mastodon server stands at this address, or not yet
    return Refused(Reason.INVALID, said)


def sent(answer: Answer) -> Sent | Unknown:
    """The status that stands now. An answer that cannot be read leaves open whether one does."""
    try:
        status = raw.parse(answer.body)
        return Sent(
            raw.identifier(status.get("id")), raw.web_address(status, "url"), raw.optional_time(status, "created_at")
        )
    except Unreadable as error:
        return Unknown(f"The server took it, but its answer is unreadable: {error}")
