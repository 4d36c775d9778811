"""What Graph's answers say of its limits. They count in per cent of a rolling hour, never in requests.

`X-App-Usage` is the app's, `X-Page-Usage` a Page's, and `X-Business-Use-Case-Usage` one of an account and a purpose
("pages", "messenger", "instagram"…), the only one that says when it ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from kikite.networks.contract import Budget, Unreadable
from kikite.networks.raw import Json, as_object, maybe_id, maybe_objects

WHOLE = 100
_SHARES = ("call_count", "total_time", "total_cputime")
_WINDOW = timedelta(hours=1)
_LONGEST = 7 * 24 * 60  # minutes; a longer wait is a mistake
_HEADER_BYTES = 16 * 1024


def budgets(headers: Mapping[str, str]) -> Iterator[tuple[str, Budget]]:
    """(whose, what is left of it): "app", "page", or "use/<account>/<purpose>"."""
    now = datetime.now(UTC)
    for name, whose in (("x-app-usage", "app"), ("x-page-usage", "page")):
        told = _header(headers, name)
        if told:
            yield whose, _budget(told, now)
    for account, uses in _header(headers, "x-business-use-case-usage").items():
        for use in maybe_objects({"uses": uses}, "uses"):
            yield f"use/{account[:60]}/{maybe_id(use, 'type') or 'any'}", _budget(use, now)


def regained(headers: Mapping[str, str]) -> datetime | None:
    """When the last of the limits that are used up ends, by the network's own estimate."""
    return max((budget.resets_at for _, budget in budgets(headers) if not budget.remaining), default=None)


def _budget(told: Json, now: datetime) -> Budget:
    used = max((value for name in _SHARES if isinstance(value := told.get(name), int | float)), default=0)
    wait = told.get("estimated_time_to_regain_access")
    minutes = min(wait, _LONGEST) if isinstance(wait, int) and not isinstance(wait, bool) and wait > 0 else 0
    left = 0 if minutes else max(0, WHOLE - int(min(used, WHOLE)))
    return Budget(WHOLE, left, now + (timedelta(minutes=minutes) if minutes else _WINDOW))


def _header(headers: Mapping[str, str], name: str) -> Json:
    """The JSON object in a header; an empty one for none, and for what is none."""
    try:
        return as_object(json.loads(headers.get(name, "")[:_HEADER_BYTES]), name)
    except (ValueError, RecursionError, Unreadable):
        return {}
