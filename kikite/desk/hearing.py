"""What nobody said to us: public words that summoned none of our accounts, found by a listener or in a thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection

from kikite.cases.models import Case, Message
from kikite.channels.models import Channel
from kikite.workflows.abilities import able

_NAMED = """
SELECT DISTINCT m.case_id FROM cases_message m JOIN channels_channel c ON c.id = m.channel_id
WHERE m.case_id = ANY(%(cases)s) AND m.direction = 'in' AND (m.visibility = 'private' OR c.key = ANY(m.names))
"""


def unnamed(message: Message) -> bool:
    """A customer's public message that did not name us, on a network where we hear of such."""
    if message.direction != Message.Direction.IN or message.private or message.deleted_at:
        return False
    return _hears(message.channel) and message.channel.key not in message.names


def overheard(cases: Iterable[Case]) -> Collection[int]:
    """Those of the cases in which nobody named us or wrote to us privately."""
    ids = {case.pk for case in cases if _hears(case.channel)}
    if not ids:
        return ids
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"cases": sorted(ids)})
        return ids - {row[0] for row in cursor.fetchall()}


def _hears(channel: Channel) -> bool:
    return bool(able(channel).searches)
