"""Graph's error bodies, and what they mean for reading and for a part on its way.

The codes are those of Meta's "Handle Errors", "Rate Limits" and the Messenger Platform's "Common Error Codes".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kikite.lib.http import Answer
from kikite.networks.calling import retry_after
from kikite.networks.contract import (
    Forbidden,
    Later,
    NetworkTrouble,
    RateLimited,
    Reason,
    Refused,
    Unauthorised,
    Unknown,
    Unreachable,
    Unreadable,
)
from kikite.networks.raw import Json, maybe_object, maybe_text, parse

from . import usage

# The token is dead, whatever the subcode says of the reason (463 expired, 460 password changed, 467 logged out…).
DEAD = frozenset({101, 102, 104, 190, 463, 467, 2500})
# Subcodes of 100: what a sign-in brought back was used before, is too old or was made for another address.
CODES = frozenset({36007, 36008, 36009})
LIMITED = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
# Trouble of Meta's own. The same codes come for messages that were sent all the same.
PASSING = frozenset({1, 2, 1200})
MISSING = 33  # subcode of 100: no such thing, or none that we may see

_REASONS: dict[tuple[int, int], Reason] = {
    (10, 2018065): Reason.CLOSED,  # outside the window, in older words
    (10, 2018108): Reason.CLOSED,  # they receive no messages from us now
    (10, 2018278): Reason.CLOSED,  # outside the window
    (10, 2534022): Reason.CLOSED,  # outside the window, on Instagram
    (100, 33): Reason.GONE,
    (100, 2018001): Reason.GONE,  # no matching user
    (100, 2534014): Reason.GONE,  # no matching user, on Instagram
    (100, 2018008): Reason.MEDIA,
    (100, 2018047): Reason.MEDIA,  # upload failed
    (100, 2018109): Reason.MEDIA,  # too large
    (100, 2018074): Reason.MEDIA,  # of no such attachment
}
_CODES: dict[int, Reason] = {
    3: Reason.FORBIDDEN,
    10: Reason.FORBIDDEN,
    230: Reason.FORBIDDEN,
    368: Reason.FORBIDDEN,  # we are held back for what we did against the rules
    506: Reason.DUPLICATE,
    551: Reason.CLOSED,  # this person is not available now
    10900: Reason.CLOSED,  # the comment was answered privately before
    10901: Reason.CLOSED,  # the comment is too old for a private answer
    10903: Reason.FORBIDDEN,
}


class Missing(Unreachable):
    """There is no such thing, or none that we may see."""


class Misasked(Unreachable):
    """There is such a thing, but it has not what we asked for: it is of another type."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An unsuccessful answer. Without an error body of Graph's, `code` is 0."""

    status: int
    code: int
    subcode: int
    words: str
    until: datetime | None

    @property
    def limited(self) -> bool:
        return self.code in LIMITED or (self.status == 429 and not self.code)

    @property
    def dead(self) -> bool:
        """Also where our proof is wrong (then the app's secret is), or a code of a sign-in."""
        wrong = "appsecret_proof" in self.words or self.subcode in CODES
        return self.code in DEAD or (self.code == 100 and wrong)

    @property
    def missing(self) -> bool:
        return (self.code, self.subcode) == (100, MISSING) or self.code == 803


def failure(answer: Answer) -> Failure:
    """Also of an answer that is no success although its status says so."""
    error = _body(answer)
    said = maybe_text(error, "error_user_msg") or maybe_text(error, "message") or f"The server answered {answer.status}"
    until = retry_after(answer.headers) or usage.regained(answer.headers)
    return Failure(answer.status, _number(error, "code"), _number(error, "error_subcode"), said[:500], until)


def failed(answer: Answer) -> bool:
    return answer.status // 100 != 2 or bool(_body(answer))


def trouble(answer: Answer) -> NetworkTrouble:
    """What it means for reading."""
    return trouble_of(failure(answer))


def trouble_of(problem: Failure) -> NetworkTrouble:
    if problem.limited:
        return RateLimited(problem.until, problem.words)
    if problem.dead or (problem.status == 401 and not problem.code):
        return Unauthorised(problem.words)
    if problem.code in (3, 10) or 200 <= problem.code < 300:
        return Forbidden(problem.words)
    if problem.missing:
        return Missing(problem.words)
    if problem.code == 100:
        return Misasked(problem.words)
    return Unreachable(f"{problem.status}: {problem.words}")


def refusal(answer: Answer) -> Refused | Later | Unknown:
    """What it means for what we wanted to write."""
    problem = failure(answer)
    if problem.limited:
        return Later(Reason.RATE_LIMITED, problem.until, problem.words)
    if problem.dead:
        return Later(Reason.UNAUTHORISED, detail=problem.words)
    if problem.code in PASSING or problem.status >= 500 or problem.status // 100 == 2:
        return Unknown(problem.words)
    if not problem.code:
        return Later(Reason.UNAVAILABLE, detail=problem.words)  # this is not Graph: it took nothing
    return Refused(_reason(problem), problem.words)


def _reason(problem: Failure) -> Reason:
    if 200 <= problem.code < 300:
        return Reason.FORBIDDEN
    known = _REASONS.get((problem.code, problem.subcode)) or _CODES.get(problem.code)
    if known:
        return known
    said = problem.words.lower()
    return Reason.TOO_LONG if "too long" in said or "length" in said else Reason.INVALID


def _body(answer: Answer) -> Json:
    try:
        return maybe_object(parse(answer.body), "error")
    except Unreadable:
        return {}


def _number(error: Json, name: str) -> int:
    value = error.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
