"""What became of a part: one transaction for the part, its message, its case and the event that tells of it.

Every outcome is of one attempt. Whoever lost the part meanwhile (the database forgot its lock, another sender went
on) may not change it any more: `_move` asks for the number of the attempt.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kikite.cases.arriving import lock_brand
from kikite.cases.models import Message, ReplyPart
from kikite.cases.replying import OVERTAKEN, answered_key
from kikite.cases.states import PARTS, PartState, refresh
from kikite.channels.models import Channel
from kikite.history.models import Event, Verb
from kikite.history.recording import announce, record
from kikite.networks.contract import Later, Outcome, Reason, Refused, Sent, Unknown

from . import attaching

# Waiting grows from one second by doubling; the network's own word goes before it, within reason.
SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=10)
LONGEST_WORD = timedelta(days=1)


def back_off(attempts: int) -> timedelta:
    """How long to wait before attempt `attempts` + 1 when the network does not say."""
    return min(timedelta(seconds=2 ** min(attempts, 20) / 2), LONGEST_WAIT)


@transaction.atomic
def keep(part: ReplyPart, outcome: Outcome, look_after: datetime, *, doubt: bool = False) -> None:
    """Keep the outcome of an attempt. `look_after` is when an unknown one may be looked up.

    `doubt`: an earlier attempt may stand, so that "not now" does not mean that nothing stands.
    """
    if isinstance(outcome, Sent):
        _sent(part, outcome)
    elif isinstance(outcome, Refused):
        _refused(part, outcome)
    elif isinstance(outcome, Later):
        _later(part, outcome, PartState.UNKNOWN if doubt else PartState.QUEUED)
    else:
        _unknown(part, outcome, look_after)


@transaction.atomic
def lost(part: ReplyPart, look_after: datetime) -> None:
    """Its sender died while sending."""
    _unknown(part, Unknown(), look_after)


@transaction.atomic
def held(part: ReplyPart) -> None:
    """The customer wrote before it left: its agent reads that first."""
    if _move(part, PartState.REFUSED, reason=OVERTAKEN, detail=""):
        record(
            part.case.brand_id, part.case_id, Verb.REFUSED, agent=part.reply.agent, reply=part.reply_id,
            part=part.number, reason=OVERTAKEN,
        )  # fmt: skip


@transaction.atomic
def absent(part: ReplyPart) -> None:
    """The network has no such post: it may be sent."""
    if _move(part, PartState.QUEUED, not_before=timezone.now()):
        announce(part.case.brand_id, [part.case_id])


@transaction.atomic
def still_unknown(part: ReplyPart, later: Later | None) -> None:
    """The network did not answer the look-up; it is asked again, and nothing is sent until then."""
    wait = _wait(later, part.attempts + 2)
    ReplyPart.objects.filter(pk=part.pk, state=PartState.UNKNOWN).update(not_before=timezone.now() + wait)
    if later and later.reason is Reason.UNAUTHORISED:
        _unauthorised(part.channel)


def _sent(part: ReplyPart, outcome: Sent) -> None:
    lock_brand(part.case.brand_id)
    now = timezone.now()
    if not _move(part, PartState.SENT, sent_at=now, reason="", detail=""):
        return
    message = _message(part, outcome, now)
    ReplyPart.objects.filter(pk=part.pk).update(message=message)
    refresh([part.case_id], now)
    record(
        part.case.brand_id, part.case_id, Verb.SENT, agent=part.reply.agent, at=now, reply=part.reply_id,
        part=part.number,
    )  # fmt: skip


def _message(part: ReplyPart, outcome: Sent, now: datetime) -> Message:
    """Our post as a message of the case. Its echo may have come first, as something written elsewhere."""
    reply, answers = part.reply, part.reply.answers
    values = {
        "case_id": part.case_id, "customer_id": answers.customer_id, "channel_id": part.channel_id,
        "agent_id": reply.agent_id, "direction": Message.Direction.OUT, "received_at": reply.written_at,
        "floating": False,
    }  # fmt: skip
    first = {
        "visibility": "private" if reply.private else answers.visibility if not answers.private else "public",
        "text": part.text, "url": outcome.url, "reply_to": answered_key(part),
        "root": (answers.root or answers.key) if answers.private == reply.private else "",
        "thread": answers.thread, "posted_at": min(outcome.at or now, now), "warning": reply.warning,
        "media": attaching.shown(part),
    }  # fmt: skip
    ident = {"brand_id": part.case.brand_id, "realm": part.channel.realm, "key": outcome.key}
    echoed = list(Message.objects.filter(**ident).values_list("case_id", flat=True))
    message, _ = Message.objects.update_or_create(**ident, defaults=values, create_defaults=values | first)
    if echoed:
        told = Event.objects.filter(case_id__in=echoed, verb=Verb.ANSWERED_ELSEWHERE, data__message=message.pk)
        told.delete()  # it was not: the sender only had not come to say so
        refresh([case for case in echoed if case and case != part.case_id], now)
    return message


def _refused(part: ReplyPart, outcome: Refused) -> None:
    detail = _words(outcome.detail)
    if _move(part, PartState.REFUSED, reason=outcome.reason.value, detail=detail):
        record(
            part.case.brand_id, part.case_id, Verb.REFUSED, agent=part.reply.agent, reply=part.reply_id,
            part=part.number, reason=outcome.reason.value, detail=detail,
        )  # fmt: skip


def _later(part: ReplyPart, outcome: Later, state: PartState) -> None:
    until = timezone.now() + _wait(outcome, part.attempts)
    if not _move(part, state, not_before=until, reason=outcome.reason.value, detail=_words(outcome.detail)):
        return
    if outcome.reason is Reason.RATE_LIMITED:
        Channel.objects.filter(pk=part.channel_id).update(send_after=until)
    elif outcome.reason is Reason.UNAUTHORISED:
        _unauthorised(part.channel)
    announce(part.case.brand_id, [part.case_id])


def _unknown(part: ReplyPart, outcome: Unknown, look_after: datetime) -> None:
    if _move(part, PartState.UNKNOWN, not_before=look_after, detail=_words(outcome.detail)):
        announce(part.case.brand_id, [part.case_id])


def _wait(later: Later | None, attempts: int) -> timedelta:
    """As long as the network says, but neither no time at all nor for ever: what it says may be nonsense."""
    if later is None or later.until is None:
        return back_off(attempts)
    return min(max(later.until - timezone.now(), SHORTEST_WAIT), LONGEST_WORD)


def _unauthorised(channel: Channel) -> None:
    """Replies wait, kept, until somebody connects the account again, unless somebody just did."""
    refused = Channel.objects.filter(pk=channel.pk, unauthorised_at=None, secrets=bytes(channel.secrets))
    refused.update(unauthorised_at=timezone.now())


def _words(detail: str) -> str:
    return detail.replace("\x00", "").encode(errors="replace").decode()[:2000]


def _move(part: ReplyPart, state: PartState, **changes: object) -> bool:
    """Along the graph, if this attempt is still the part's newest one; `part` then knows its state and case."""
    now = ReplyPart.objects.select_for_update().values_list("state", "attempts", "case_id").get(pk=part.pk)
    old, attempts, case_id = now
    if attempts != part.attempts or state not in PARTS.moves[PartState(old)]:
        return False
    ReplyPart.objects.filter(pk=part.pk).update(state=state, **changes)
    part.state = state
    if case_id != part.case_id:
        part.refresh_from_db(fields=["case"])
    return True
