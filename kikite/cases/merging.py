"""Cases that turn out to be one matter become one case; the others' numbers lead to it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from kikite.history.models import Verb
from kikite.history.recording import record

from .models import Case, MergedCase, Message, Note, Reply, ReplyPart

# Whoever is on it stays on it. Asleep or resolved is only what was so in all of them.
_ACTS = """
UPDATE cases_case keeper SET
    assignee_id = coalesce(keeper.assignee_id, acts.assignee_id),
    assigned_at = coalesce(keeper.assigned_at, acts.assigned_at),
    resolved_at = acts.resolved_at, resolved_by_id = CASE WHEN acts.resolved_at IS NULL THEN NULL
                                                          ELSE keeper.resolved_by_id END,
    snoozed_at = acts.snoozed_at, snoozed_until = acts.snoozed_until
FROM (
    SELECT (array_agg(assignee_id ORDER BY assigned_at) FILTER (WHERE assignee_id IS NOT NULL))[1] AS assignee_id,
           min(assigned_at) AS assigned_at,
           CASE WHEN bool_and(resolved_at IS NOT NULL) THEN max(resolved_at) END AS resolved_at,
           CASE WHEN bool_and(snoozed_until IS NOT NULL) THEN max(snoozed_at) END AS snoozed_at,
           CASE WHEN bool_and(snoozed_until IS NOT NULL) THEN min(snoozed_until) END AS snoozed_until
    FROM cases_case WHERE id = ANY(%(all)s)
) acts WHERE keeper.id = %(keeper)s
"""


def merge(brand_id: int, keeper: int, others: Collection[int], now: datetime) -> None:
    """Move everything of `others` into `keeper`, inside the caller's transaction. Derived columns are left to refresh.

    The oldest case is the keeper; history moves along, so that nothing that happened is told of no case.
    """
    gone = sorted(others)
    with connection.cursor() as cursor:
        cursor.execute(_ACTS, {"all": [keeper, *gone], "keeper": keeper})
        cursor.execute(
            "UPDATE history_event SET case_id = %s WHERE case_id = ANY(%s)",
            [keeper, gone],
        )
    for rows in (Message.objects, Note.objects, Reply.objects, ReplyPart.objects):
        rows.filter(case_id__in=gone).update(case_id=keeper)
    MergedCase.objects.filter(into_id__in=gone).update(into_id=keeper)
    MergedCase.objects.bulk_create(MergedCase(id=case, into_id=keeper) for case in gone)
    Case.objects.filter(id__in=gone).delete()
    for case in gone:
        record(brand_id, keeper, Verb.MERGED, at=now, case=case)
