"""What LINE's answer to a push means for the part that was sent."""

from __future__ import annotations

from kikite.lib.http import Answer
from kikite.networks import raw
from kikite.networks.calling import retry_after
from kikite.networks.contract import Later, Outcome, Reason, Refused, Sent, Unknown

from .client import is_quota, maybe, sentence


def outcome(answer: Answer) -> Outcome:
    """A push that was answered. 409 is LINE's word that it took this retry key before."""
    said, status = sentence(answer), answer.status
    if status in (200, 409):
        return _sent(answer)
    if status == 401:
        return Later(Reason.UNAUTHORISED, detail=said)
    if status == 403:
        return Refused(Reason.FORBIDDEN, said)
    if status == 429:
        return _limited(answer, said)
    if status == 400:
        return Refused(_reason(answer), said)
    if status == 413:
        return Refused(Reason.TOO_LONG, said)
    if status >= 500:
        return Unknown(f"{status}: {said}")
    return Later(Reason.UNAVAILABLE, detail=said)  # LINE does not stand at this address


def _sent(answer: Answer) -> Sent | Unknown:
    """By the id of the message; of an older request's, LINE may tell no more than the request's."""
    for sent in raw.maybe_objects(maybe(answer), "sentMessages"):
        if key := raw.maybe_id(sent, "id"):
            return Sent(key)
    request = answer.headers.get("x-line-accepted-request-id", "")
    if answer.status == 409 and request:
        return Sent(f"request:{request[:100]}")
    return Unknown("LINE took it, but its answer is unreadable.")


def _limited(answer: Answer, said: str) -> Refused | Later:
    """A month's messages that are used up come back with the next month, which is too late to wait in silence."""
    if is_quota(answer):
        return Refused(Reason.RATE_LIMITED, f"{said} The messages of this month's plan are used up.")
    return Later(Reason.RATE_LIMITED, retry_after(answer.headers), said)


def _reason(answer: Answer) -> Reason:
    fields = {raw.maybe_text(one, "property") for one in raw.maybe_objects(maybe(answer), "details")}
    said = sentence(answer)
    if "to" in fields or "'to'" in said:
        return Reason.CLOSED  # nobody by this id can be written to: they left LINE, or we the group
    if any(field.endswith(".text") for field in fields) and "ength" in said:
        return Reason.TOO_LONG
    return Reason.INVALID
