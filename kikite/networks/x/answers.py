"""What X's answers mean: its sentences, its limits, and its refusals while reading."""

from __future__ import annotations

from datetime import datetime

from kikite.lib.http import Answer
from kikite.networks import raw
from kikite.networks.calling import retry_after, since_1970
from kikite.networks.contract import (
    Budget,
    Forbidden,
    NetworkTrouble,
    RateLimited,
    Unauthorised,
    Unreachable,
    Unreadable,
)
from kikite.networks.raw import Json

# The limits that an answer may tell: of the endpoint's window, and of the day for the app and for the account.
WINDOW = "x-rate-limit"
DAYS = {"app": "x-app-limit-24hour", "user": "x-user-limit-24hour"}


def document(answer: Answer) -> Json:
    """The body of a successful answer. Raises Unreachable for what is no JSON object."""
    try:
        return raw.parse(answer.body)
    except Unreadable as error:
        raise Unreachable(f"X answers what cannot be read: {error}") from error


def trouble(answer: Answer, *, app: bool = False) -> NetworkTrouble:
    """What an unsuccessful answer to a request that reads means. `app`: it was asked with the app's own token, which
    says nothing of the account's."""
    said = sentence(answer)
    if answer.status == 401:
        return Forbidden(f"X does not take the app's bearer token: {said}") if app else Unauthorised(said)
    if answer.status in (402, 403):
        return Forbidden(said)
    if answer.status == 429:
        return RateLimited(until(answer), said)
    if answer.status == 400:
        return NetworkTrouble(said)
    return Unreachable(f"{answer.status}: {said}")


def sentence(answer: Answer) -> str:
    """X's own words on what is wrong, at most 500 characters."""
    if 300 <= answer.status < 400:
        return f"The server sends us on to {answer.headers.get('location', 'nowhere')[:300]}"
    try:
        said = raw.parse(answer.body)
    except Unreadable:
        return f"X answered {answer.status}"
    spoken = [_words(one) for one in (said, *raw.maybe_objects(said, "errors"))]
    return " ".join(dict.fromkeys(words for words in spoken if words))[:500] or f"X answered {answer.status}"


def _words(said: Json) -> str:
    """The most telling of the names that X gives to its sentence: RFC 9457's, RFC 6749's, and its own."""
    names = ("detail", "message", "error_description", "title", "error")
    return next((words for name in names if (words := raw.maybe_text(said, name))), "")


def problem(answer: Answer) -> str:
    """The last word of the type of problem, such as "client-forbidden"; "" where none is told."""
    try:
        said = raw.parse(answer.body)
    except Unreadable:
        return ""
    return raw.maybe_text(said, "type").rpartition("/")[2]


def until(answer: Answer) -> datetime | None:
    """When a limit ends: that of a day where the day's is used up, else the window's, else Retry-After."""
    days = [budget(answer, prefix) for prefix in DAYS.values()]
    ends = [day.resets_at for day in days if day and day.remaining == 0]
    window = since_1970(answer.headers.get(f"{WINDOW}-reset", ""))
    return max(ends, default=None) or window or retry_after(answer.headers)


def budget(answer: Answer, prefix: str = WINDOW) -> Budget | None:
    """What the answer told of one of its limits."""
    limit, remaining = (answer.headers.get(f"{prefix}-{name}", "") for name in ("limit", "remaining"))
    resets_at = since_1970(answer.headers.get(f"{prefix}-reset", ""))
    if not (limit.isdecimal() and remaining.isdecimal() and resets_at):
        return None
    return Budget(limit=int(limit[:12]), remaining=int(remaining[:12]), resets_at=resets_at)
