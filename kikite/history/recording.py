"""The one place that writes events and announces changes.

Both happen inside the transaction of the change: PostgreSQL delivers a notification when the transaction commits,
so nobody hears of a change that was not kept, and nobody misses one that was.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection
from django.utils import timezone

from kikite.accounts.models import Agent

from .models import Event, Verb

# What changed in cases, for open pages: {"brand": id, "cases": [ids]}.
CHANGES = "kikite_changes"
# PostgreSQL takes at most 8,000 bytes a notification; 400 ids of up to 15 digits fit.
IDS_A_NOTICE = 400


def record(
    brand_id: int,
    case_id: int,
    verb: Verb,
    *,
    agent: Agent | None = None,
    at: datetime | None = None,
    **data: object,
) -> Event:
    """Write one event and announce its case. `at` is now unless told."""
    event = Event.objects.create(
        brand_id=brand_id,
        case_id=case_id,
        verb=verb,
        agent=agent,
        at=at or timezone.now(),
        data=data,
    )
    announce(brand_id, [case_id])
    return event


def announce(brand_id: int, case_ids: Collection[int]) -> None:
    """Tell open pages, at commit, that these cases changed."""
    ids = sorted(case_ids)
    notices = [
        json.dumps({"brand": brand_id, "cases": ids[start : start + IDS_A_NOTICE]})
        for start in range(0, len(ids), IDS_A_NOTICE)
    ]
    notify(CHANGES, notices)


def notify(channel: str, payloads: Iterable[str]) -> None:
    """Send notifications on a PostgreSQL channel, delivered when the current transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload",
            [channel, list(payloads)],
        )
