"""Handing a reply over to a person, who posts it in the network's own app; and knowing it again when it stands there.

Some answers a network takes from people alone, not from programs. The reply is kept as handed over. When our account's
post shows up in its place, that is the reply, whatever the person changed in its words; until then the agent may say
that it is posted (the network may never tell us of it) or withdraw it.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent
from kikite.history.models import Verb
from kikite.history.recording import record

from .acting import hold
from .arrival_store import execute, rows
from .models import Message, ReplyPart
from .replying import UNSEEN
from .states import PARTS, PartState, refresh

# Of each reply the first part that is still handed over: it answers what the reply answers, or the part before it.
_MATCH = """
SELECT DISTINCT ON (m.id) m.id, p.id, p.message_id, r.agent_id, r.written_at, p.case_id, r.id, p.number
FROM cases_message m
JOIN cases_replypart p ON p.case_id = m.case_id
JOIN cases_reply r ON r.id = p.reply_id
JOIN cases_message a ON a.id = r.answers_id
LEFT JOIN cases_message stands ON stands.id = p.message_id
LEFT JOIN cases_replypart before ON before.reply_id = r.id AND before.number = p.number - 1
LEFT JOIN cases_message b ON b.id = before.message_id
WHERE m.id = ANY(%(messages)s)
  AND (p.state = 'handed' OR stands.key = 'handed:' || p.key)
  AND m.posted_at >= r.written_at - interval '1 minute'
  AND CASE WHEN r.private THEN m.visibility = 'private' ELSE m.reply_to = coalesce(b.key, a.key) END
ORDER BY m.id, p.id
"""


def match(messages: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """Which of these own messages, just told by the network, are replies that were handed over.

    Writes it and returns (case, reply, part number) by message id. To be called inside the intake's transaction.
    """
    found = rows(_MATCH, {"messages": list(messages)}) if messages else []
    taken: dict[int, tuple[int, int, int]] = {}
    parts: set[int] = set()
    for message, part, unseen, agent, written_at, case, reply, number in found:
        if part in parts:
            continue
        parts.add(part)
        taken[message] = (case, reply, number)
        _stands(message, part, unseen, {"agent": agent, "written": written_at})
    return taken


def _stands(message: int, part: int, unseen: int | None, by: dict[str, object]) -> None:
    execute(
        """UPDATE cases_replypart SET state = 'sent', message_id = %(message)s, sent_at = now(), reason = '',
               detail = '' WHERE id = %(part)s""",
        {"message": message, "part": part},
    )
    execute(
        "UPDATE cases_message SET agent_id = %(agent)s, received_at = %(written)s WHERE id = %(message)s",
        {"message": message, **by},
    )
    if unseen:
        execute("DELETE FROM cases_message WHERE id = %(unseen)s", {"unseen": unseen})


@transaction.atomic
def hand_over(part: ReplyPart, by: Agent) -> bool:
    """A refused part, and what follows it, is posted by a person instead. False when it is not refused."""
    PARTS.check(PartState.REFUSED, PartState.HANDED)
    refused = ReplyPart.objects.filter(pk=part.pk, state=PartState.REFUSED)
    if not refused.update(state=PartState.HANDED, reason="", detail=""):
        return False
    rest = ReplyPart.objects.filter(reply=part.reply_id, number__gt=part.number, state=PartState.QUEUED)
    rest.update(state=PartState.HANDED)
    record(part.case.brand_id, part.case_id, Verb.HANDED_OVER, agent=by, reply=part.reply_id)
    return True


def posted(part: ReplyPart, by: Agent) -> bool:
    """Its agent posted it. False when it is not handed over (any more)."""
    return found_standing(part, by, PartState.HANDED)


@transaction.atomic
def found_standing(part: ReplyPart, by: Agent, source: PartState) -> bool:
    """A person saw it on the network, which has not told us of it (yet). False when it is not `source` any more."""
    PARTS.check(source, PartState.SENT)
    case, now = hold(part.case), timezone.now()
    unseen = ReplyPart.objects.select_for_update().filter(pk=part.pk, state=source, attempts=part.attempts)
    if not unseen.exists():
        return False
    reply, answers = part.reply, part.reply.answers
    message = Message.objects.create(
        brand_id=case.brand_id, case=case, channel=part.channel, realm=part.channel.realm, key=UNSEEN + part.key,
        direction=Message.Direction.OUT, customer_id=answers.customer_id, agent=reply.agent, text=part.text,
        visibility="private" if reply.private else answers.visibility, thread=answers.thread,
        posted_at=now, received_at=reply.written_at,
    )  # fmt: skip
    unseen.update(state=PartState.SENT, message=message, sent_at=now, reason="", detail="")
    refresh([case.pk], now)
    record(case.brand_id, case.pk, Verb.SENT, agent=by, at=now, reply=reply.pk, part=part.number)
    return True
