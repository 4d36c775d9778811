"""What became of a part: one transaction for the part, its message, its case and the event that tells of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kikite.cases.arriving import lock_brand
from kikite.cases.models import Message, ReplyPart
from kikite.cases.states import PARTS, PartState, refresh
from kikite.channels.models import Channel
from kikite.history.models import Verb
from kikite.history.recording import announce, record
from kikite.networks.contract import Later, Outcome, Reason, Refused, Sent

# Waiting grows from one second by doubling; the network's own word goes before it.
LONGEST_WAIT = timedelta(minutes=10)


def back_off(attempts: int) -> timedelta:
    """How long to wait before attempt `attempts` + 1 when the network does not say."""
    return min(timedelta(seconds=2 ** min(attempts, 20) / 2), LONGEST_WAIT)


@transaction.atomic
def keep(part: ReplyPart, outcome: Outcome, look_after: datetime) -> None:
    """Keep the outcome of sending. `look_after` is when an unknown outcome may be looked up."""
    if isinstance(outcome, Sent):
        _sent(part, outcome)
    elif isinstance(outcome, Refused):
        _refused(part, outcome)
    elif isinstance(outcome, Later):
        _later(part, outcome)
    else:
        _move(part, PartState.UNKNOWN, not_before=look_after, detail=outcome.detail)
        announce(part.case.brand_id, [part.case_id])


@transaction.atomic
def lost(part: ReplyPart, look_after: datetime) -> None:
    """Its sender died while sending."""
    _move(part, PartState.UNKNOWN, not_before=look_after)
    announce(part.case.brand_id, [part.case_id])


@transaction.atomic
def absent(part: ReplyPart) -> None:
    """The network has no such post (or will know it again): it may be sent."""
    _move(part, PartState.QUEUED, not_before=timezone.now())


@transaction.atomic
def still_unknown(part: ReplyPart, later: Later | None) -> None:
    """The network did not answer the look-up; it is asked again, and nothing is sent until then."""
    wait = later.until if later and later.until else timezone.now() + back_off(part.attempts + 2)
    ReplyPart.objects.filter(pk=part.pk, state=PartState.UNKNOWN).update(not_before=wait)
    if later and later.reason is Reason.UNAUTHORISED:
        _unauthorised(part.channel_id)
    announce(part.case.brand_id, [part.case_id])


def _sent(part: ReplyPart, outcome: Sent) -> None:
    brand_id = part.case.brand_id
    lock_brand(brand_id)
    part.refresh_from_db(fields=["case", "state"])
    now = timezone.now()
    message = _message(part, outcome, now)
    _move(part, PartState.SENT, message=message, sent_at=now, reason="", detail="")
    refresh([part.case_id], now)
    record(brand_id, part.case_id, Verb.SENT, agent=part.reply.agent, at=now, reply=part.reply_id, part=part.number)


def _message(part: ReplyPart, outcome: Sent, now: datetime) -> Message:
    """Our post as a message of the case. Its echo may have come first, as something written elsewhere."""
    reply, answers = part.reply, part.reply.answers
    values = {
        "case_id": part.case_id, "customer_id": answers.customer_id, "channel_id": part.channel_id,
        "agent_id": reply.agent_id, "direction": Message.Direction.OUT, "received_at": reply.written_at,
    }  # fmt: skip
    first = {
        "visibility": "private" if reply.private else answers.visibility if not answers.private else "public",
        "text": part.text, "url": outcome.url, "reply_to": answers.key if answers.private == reply.private else "",
        "root": answers.root or answers.key, "thread": answers.thread, "posted_at": min(outcome.at or now, now),
    }  # fmt: skip
    ident = {"brand_id": part.case.brand_id, "realm": part.channel.realm, "key": outcome.key}
    echoed = list(Message.objects.filter(**ident).exclude(case=part.case_id).values_list("case_id", flat=True))
    message, _ = Message.objects.update_or_create(**ident, defaults=values, create_defaults=values | first)
    refresh([case for case in echoed if case], now)
    return message


def _refused(part: ReplyPart, outcome: Refused) -> None:
    _move(part, PartState.REFUSED, reason=outcome.reason.value, detail=outcome.detail[:2000])
    record(
        part.case.brand_id, part.case_id, Verb.REFUSED, agent=part.reply.agent, reply=part.reply_id,
        part=part.number, reason=outcome.reason.value, detail=outcome.detail[:2000],
    )  # fmt: skip


def _later(part: ReplyPart, outcome: Later) -> None:
    until = outcome.until or timezone.now() + back_off(part.attempts)
    _move(part, PartState.QUEUED, not_before=until, reason=outcome.reason.value, detail=outcome.detail[:2000])
    if outcome.reason is Reason.RATE_LIMITED:
        Channel.objects.filter(pk=part.channel_id).update(send_after=until)
    elif outcome.reason is Reason.UNAUTHORISED:
        _unauthorised(part.channel_id)
    announce(part.case.brand_id, [part.case_id])


def _unauthorised(channel_id: int) -> None:
    """Replies wait, kept, until somebody connects the account again."""
    Channel.objects.filter(pk=channel_id, unauthorised_at=None).update(unauthorised_at=timezone.now())


def _move(part: ReplyPart, state: PartState, **changes: object) -> None:
    """Along the graph or not at all: whoever lost the part meanwhile may not change it."""
    part.refresh_from_db(fields=["state"])
    PARTS.check(PartState(part.state), state)
    ReplyPart.objects.filter(pk=part.pk, state=part.state).update(state=state, **changes)
    part.state = state
