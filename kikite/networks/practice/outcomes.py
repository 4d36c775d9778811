"""What the practice server's answers mean for a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import orjson

from kikite.lib.http import Answer

from ..contract import (
    Forbidden,
    Later,
    RateLimited,
    Reason,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
    Unreachable,
)

_REASONS = {
    "too_long": Reason.TOO_LONG, "gone": Reason.GONE, "nobody": Reason.GONE, "blocked": Reason.BLOCKED,
    "closed": Reason.CLOSED, "forbidden": Reason.FORBIDDEN,
}  # fmt: skip


def refused(answer: Answer) -> Refused | Later | Unknown:
    """Of an answer that is no success: whether it was not taken, or nobody can say."""
    data = json_of(answer) or {}
    detail = str(data.get("message", "") or f"HTTP {answer.status}")[:500]
    if answer.status == 429:
        return Later(Reason.RATE_LIMITED, _until(answer), detail)
    if answer.status == 401:
        return Later(Reason.UNAUTHORISED, detail=detail)
    if answer.status == 503:  # documented as "nothing was taken"
        return Later(Reason.UNAVAILABLE, detail=detail)
    if answer.status >= 500 or answer.status < 400:
        return Unknown(detail)
    if answer.status == 413:
        return Refused(Reason.TOO_LONG, detail)
    return Refused(_REASONS.get(str(data.get("error")), Reason.INVALID), detail)


def raise_for(refusal: Refused | Later | Unknown) -> NoReturn:
    """The same while reading. Raises RateLimited, Unauthorised, Forbidden or Unreachable."""
    if isinstance(refusal, Later) and refusal.reason is Reason.RATE_LIMITED:
        raise RateLimited(refusal.until, refusal.detail)
    if isinstance(refusal, Later) and refusal.reason is Reason.UNAUTHORISED:
        raise Unauthorised(refusal.detail)
    if isinstance(refusal, Refused) and refusal.reason is Reason.FORBIDDEN:
        raise Forbidden(refusal.detail)
    raise Unreachable(refusal.detail)


def _until(answer: Answer) -> datetime | None:
    try:
        return datetime.now(UTC) + timedelta(seconds=float(answer.headers["retry-after"]))
    except (KeyError, ValueError, OverflowError):
        return None


def json_of(answer: Answer) -> dict[str, Any] | None:
    try:
        data = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return data if isinstance(data, dict) else None


def sent_as(data: dict[str, Any]) -> Sent:
    at = datetime.fromisoformat(data["at"]) if "at" in data else None
    return Sent(str(data["id"]), str(data.get("url", "")), at)
