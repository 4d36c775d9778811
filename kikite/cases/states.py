"""The states of a case and of a reply's part, declared; and the one statement that derives a case's state.

A case's state is never set by hand: acts are records of who and when (assigned, snoozed, resolved), messages are
facts, and the state follows from both. So it cannot depend on the order in which deliveries arrived.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from kikite.lib.graph import Graph


class CaseState(models.TextChoices):
    """Where a case stands, as agents say it."""

    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for the customer")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


CASES = Graph(
    CaseState.NEW,
    {
        CaseState.NEW: frozenset({CaseState.OPEN, CaseState.WAITING, CaseState.SNOOZED, CaseState.RESOLVED}),
        CaseState.OPEN: frozenset({CaseState.NEW, CaseState.WAITING, CaseState.SNOOZED, CaseState.RESOLVED}),
        CaseState.WAITING: frozenset({CaseState.OPEN, CaseState.NEW, CaseState.SNOOZED, CaseState.RESOLVED}),
        CaseState.SNOOZED: frozenset({CaseState.NEW, CaseState.OPEN, CaseState.WAITING, CaseState.RESOLVED}),
        CaseState.RESOLVED: frozenset({CaseState.OPEN, CaseState.NEW, CaseState.WAITING}),
    },
)


class PartState(models.TextChoices):
    """Where one part of a reply stands on its way to the network."""

    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    UNKNOWN = "unknown", _("Being looked up")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
    HANDED = "handed", _("Handed over")
    WITHDRAWN = "withdrawn", _("Withdrawn")


PARTS = Graph(
    PartState.QUEUED,
    {
        # Refused unsent: what it answers was taken back meanwhile.
        PartState.QUEUED: frozenset({PartState.SENDING, PartState.WITHDRAWN, PartState.REFUSED}),
        # SENDING is written before the request leaves. Whoever finds it without a living sender looks the part up.
        PartState.SENDING: frozenset({PartState.SENT, PartState.REFUSED, PartState.QUEUED, PartState.UNKNOWN}),
        # Found: sent. Not found: it may be sent. No answer: it stays unknown. A network that knows a key when it sees
        # it again is asked by sending again, and only from here: QUEUED means that nothing stands.
        PartState.UNKNOWN: frozenset({PartState.SENT, PartState.QUEUED, PartState.SENDING}),
        PartState.SENT: frozenset(),
        # The agent changes it and sends a new reply, or lets it be.
        PartState.REFUSED: frozenset({PartState.QUEUED, PartState.WITHDRAWN, PartState.HANDED}),
        # A person posts it in the network's own app, because the API does not take it; where that is known before, a
        # part begins here. Sent when it shows up there.
        PartState.HANDED: frozenset({PartState.SENT, PartState.WITHDRAWN}),
        PartState.WITHDRAWN: frozenset(),
    },
)

UNFINISHED = [PartState.QUEUED, PartState.SENDING, PartState.UNKNOWN]

# What a message of ours answers: all that its writer can have seen. On the network itself that is what was posted
# before; through the desk, what had reached us when the agent pressed send (a post that arrives later than the
# answer but was written before it was never read by anybody, so it still waits).
# Every part is a look-up of its own for each case, so that the planner cannot read all messages for some of them.
_REFRESH = """
WITH derived AS (
    SELECT c.id, c.state AS was, f.*, w.*, oldest.title, newest.preview, newest.private,
           CASE
               WHEN c.resolved_at IS NOT NULL AND f.reached_at <= c.resolved_at THEN 'resolved'
               WHEN c.snoozed_until > %(now)s AND f.reached_at <= c.snoozed_at THEN 'snoozed'
               WHEN w.since IS NULL THEN 'waiting'
               WHEN c.assignee_id IS NULL AND f.last_ours_at IS NULL AND c.resolved_at IS NULL THEN 'new'
               ELSE 'open'
           END AS state
    FROM unnest(%(ids)s::bigint[]) AS wanted(id)
    CROSS JOIN LATERAL (SELECT * FROM cases_case WHERE id = wanted.id LIMIT 1) c
    CROSS JOIN LATERAL (
        SELECT min(m.posted_at) FILTER (WHERE m.direction = 'in') AS first_at,
               max(m.posted_at) FILTER (WHERE m.direction = 'in') AS last_customer_at,
               max(m.posted_at) FILTER (WHERE m.direction = 'out') AS last_ours_at,
               max(m.posted_at) AS last_at,
               max(m.posted_at) FILTER (WHERE m.direction = 'out' AND m.agent_id IS NULL) AS elsewhere_at,
               max(m.received_at) FILTER (WHERE m.direction = 'out' AND m.agent_id IS NOT NULL) AS desk_at,
               max(m.received_at) FILTER (WHERE m.direction = 'in') AS reached_at,
               count(*) AS messages,
               min(m.channel_id) FILTER (WHERE m.direction = 'in') AS channel_id
        FROM cases_message m WHERE m.case_id = wanted.id) f
    CROSS JOIN LATERAL (
        SELECT min(m.posted_at) AS since, count(*) AS unanswered FROM cases_message m
        WHERE m.case_id = wanted.id AND m.direction = 'in' AND m.deleted_at IS NULL
          AND (f.elsewhere_at IS NULL OR m.posted_at > f.elsewhere_at)
          AND (f.desk_at IS NULL OR m.received_at > f.desk_at)) w
    LEFT JOIN LATERAL (
        SELECT left(m.text, 200) AS title FROM cases_message m
        WHERE m.case_id = wanted.id AND m.direction = 'in' AND m.deleted_at IS NULL
        ORDER BY m.posted_at, m.key LIMIT 1) oldest ON true
    LEFT JOIN LATERAL (
        SELECT left(m.text, 200) AS preview, m.visibility = 'private' AS private FROM cases_message m
        WHERE m.case_id = wanted.id AND m.direction = 'in' AND m.deleted_at IS NULL
        ORDER BY m.posted_at DESC, m.key DESC LIMIT 1) newest ON true
    WHERE f.messages > 0
)
UPDATE cases_case c SET
    state = d.state, first_at = d.first_at, last_customer_at = d.last_customer_at, last_ours_at = d.last_ours_at,
    last_at = d.last_at, waiting_since = CASE WHEN d.state IN ('new', 'open') THEN d.since END,
    unanswered = d.unanswered, messages_count = d.messages, channel_id = d.channel_id,
    title = coalesce(d.title, ''), preview = coalesce(d.preview, ''),
    preview_private = coalesce(d.private, false)
FROM derived d WHERE c.id = d.id
RETURNING c.id, d.was, c.state
"""

# Without this, an act that commits while the refresh waits for its row would be derived from what was before it.
_HOLD = "SELECT FROM cases_case WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"


def refresh(case_ids: Collection[int], now: datetime) -> list[tuple[int, CaseState, CaseState]]:
    """Derive state, times, counts and words of these cases from their messages and acts, in one statement.

    Returns (case id, old state, new state). Call it in the transaction that changed what they are derived from.
    """
    if not case_ids:
        return []
    wanted: dict[str, Any] = {"ids": sorted(case_ids), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, wanted)
        cursor.execute(_REFRESH, wanted)
        return [(case_id, CaseState(old), CaseState(new)) for case_id, old, new in cursor.fetchall()]
