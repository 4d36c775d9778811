"""A reply's intent is kept before anything is sent; its parts then move along the declared graph."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent
from kikite.channels.models import Channel
from kikite.history.models import Verb
from kikite.history.recording import announce, notify, record

from .acting import hold
from .models import Attachment, Case, Message, Reply, ReplyPart
from .states import PARTS, PartState

# Begins the key of a message that stands for a post which the network has not told us of (`handing`).
UNSEEN = "handed:"
# Why a reply that was to leave later did not (`ReplyPart.reason`, beside the networks' own reasons).
OVERTAKEN = "overtaken"
# Told to the senders when there is something to send.
OUTBOX = "kikite_outbox"


@transaction.atomic
def queue(
    case: Case, by: Agent, channel: Channel, answers: Message, text: str, parts: Sequence[str],
    *, private: bool, token: UUID, handed: bool = False, warning: str = "", leaves_at: datetime | None = None,
    holds: bool = False,
) -> Reply:  # fmt: skip
    """Keep what an agent wants said, part by part, and wake the senders when it is kept.

    The same `token` again (a double press, a repeated request) is the same reply. A case that has just become part
    of another is answered as that one. `handed`: nothing is sent, a person posts it in the network's own app.
    `leaves_at`: not before then; `holds`: and not when the customer writes before it.
    """
    case, now = hold(case), timezone.now()
    reply, created = Reply.objects.get_or_create(
        token=token,
        defaults={
            "case": case, "agent": by, "channel": channel, "answers": answers, "text": text, "private": private,
            "written_at": now, "warning": warning, "leaves_at": leaves_at, "holds": holds,
        },
    )  # fmt: skip
    if not created:
        return reply
    state = PartState.HANDED if handed else PartState.QUEUED
    ReplyPart.objects.bulk_create(
        ReplyPart(
            reply=reply, case=case, channel=channel, number=number, key=uuid.uuid4().hex, text=part,
            not_before=leaves_at or now, state=state,
        )
        for number, part in enumerate(parts, start=1)
    )  # fmt: skip
    record(case.brand_id, case.pk, Verb.HANDED_OVER if handed else Verb.REPLIED, agent=by, at=now, reply=reply.pk)
    notify(OUTBOX, [""])
    return reply


def answered_privately(message: Message) -> bool:
    """Whether this public message was answered privately by the desk, or is about to be."""
    replies = Reply.objects.filter(answers=message, private=True)
    return replies.exclude(parts__state__in=[PartState.WITHDRAWN, PartState.REFUSED]).exists()


def answered_key(part: ReplyPart) -> str:
    """The key of the post that a part answers: the part before it, or what the whole reply answers.

    "" when there is no such post: a private word that begins a conversation answers none.
    """
    reply, answers = part.reply, part.reply.answers
    before = reply.parts.filter(number=part.number - 1).values_list("message__key", flat=True).first() or ""
    if before.startswith(UNSEEN):
        before = ""
    return before or (answers.key if answers.private == reply.private else "")


@transaction.atomic
def withdraw(part: ReplyPart, by: Agent) -> bool:
    """Take back a part that has not left; with it the later parts of its reply. False when it left already."""
    moved = _move(part, [PartState.QUEUED, PartState.REFUSED, PartState.HANDED], PartState.WITHDRAWN)
    if moved:
        later = ReplyPart.objects.filter(reply=part.reply_id, number__gt=part.number)
        later.filter(state__in=[PartState.QUEUED, PartState.HANDED]).update(state=PartState.WITHDRAWN)
        record(part.case.brand_id, part.case_id, Verb.WITHDRAWN, agent=by, reply=part.reply_id, part=part.number)
    return moved


@transaction.atomic
def take_back(part: ReplyPart, by: Agent) -> bool:
    """Withdraw a whole reply that has not begun to leave; its files are back in the draft. False when it has begun."""
    first = ReplyPart.objects.select_related("case").get(reply=part.reply_id, number=1)
    if first.state != PartState.QUEUED or not withdraw(first, by):
        return False
    Attachment.objects.filter(part__reply=part.reply_id).update(part=None)
    return True


@transaction.atomic
def leave_now(part: ReplyPart, by: Agent) -> bool:
    """A reply that was to leave later leaves now. False when none of it waits."""
    now = timezone.now()
    waiting = ReplyPart.objects.filter(reply=part.reply_id, state=PartState.QUEUED, not_before__gt=now)
    if not waiting.update(not_before=now):
        return False
    Reply.objects.filter(pk=part.reply_id).update(leaves_at=None, holds=False)
    announce(part.case.brand_id, [part.case_id])
    notify(OUTBOX, [""])
    return True


def overtaken(part: ReplyPart) -> bool:
    """The customer wrote after the reply was written, and it is to be held then."""
    reply = part.reply
    if not reply.holds or part.number > 1:
        return False
    newer = Message.objects.filter(case=part.case_id, direction=Message.Direction.IN, deleted_at=None)
    return newer.filter(received_at__gt=reply.written_at).exists()


@transaction.atomic
def retry(part: ReplyPart, by: Agent) -> bool:
    """Send a refused part once more as it is. False when it is not refused: what may stand is never sent again."""
    moved = _move(part, [PartState.REFUSED], PartState.QUEUED, not_before=timezone.now(), reason="", detail="")
    if moved:
        Reply.objects.filter(pk=part.reply_id).update(holds=False)
        record(part.case.brand_id, part.case_id, Verb.REPLIED, agent=by, reply=part.reply_id, part=part.number)
        notify(OUTBOX, [""])
    return moved


def _move(part: ReplyPart, sources: Sequence[PartState], state: PartState, **changes: object) -> bool:
    """Move a part along the graph, if it still stands in one of the states that the act may begin in."""
    for source in sources:
        PARTS.check(source, state)
    return bool(ReplyPart.objects.filter(pk=part.pk, state__in=sources).update(state=state, **changes))
