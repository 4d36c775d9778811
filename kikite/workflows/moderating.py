"""What an agent does to a message on the network besides answering it: hide, like, delete, take back our own.

Asked of the network at once, while the agent waits: each may be done twice, so an answer that was lost costs nothing.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent
from kikite.cases.models import Message
from kikite.history.models import Verb
from kikite.history.recording import record
from kikite.networks import registry
from kikite.networks.contract import (
    Capabilities,
    Connection,
    Deletion,
    Later,
    Moderation,
    NetworkTrouble,
    Outcome,
    Reason,
    Refused,
    Sent,
)

from . import renewing
from .abilities import able
from .metering import ChannelMeter
from .receive import tell

PATIENCE = 8.0  # seconds that an agent is let wait


class CannotModerate(ValueError):
    """Nothing was done, as far as we know; `reason` is the network's, `detail` its own words."""

    def __init__(self, reason: Reason | None, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def possible(message: Message, able: Capabilities) -> list[Moderation]:
    """What can be done to this message now."""
    if message.deleted_at or message.sealed:
        return []
    if message.direction == Message.Direction.OUT:
        return [Moderation.DELETE] if (able.private_deletes if message.private else able.deletes) else []
    if message.private:
        return []
    done = {
        Moderation.HIDE: message.hidden_at is not None, Moderation.UNHIDE: message.hidden_at is None,
        Moderation.LIKE: message.liked_at is not None, Moderation.UNLIKE: message.liked_at is None,
    }  # fmt: skip
    return [act for act in Moderation if act in able.moderates and not done.get(act, False)]


def moderate(message: Message, by: Agent, act: Moderation) -> None:
    """Do it on the network, then here. Raises CannotModerate."""
    channel = message.channel
    if act not in possible(message, able(channel)):
        raise CannotModerate(None, _("This cannot be done to this message (any more)."))
    try:
        account, meter = renewing.fresh(channel, PATIENCE), ChannelMeter(channel)
        with registry.network(channel.network).connect(account, timeout=PATIENCE, meter=meter) as line:
            outcome = _asked(line, message, act)
    except NetworkTrouble as trouble:
        raise CannotModerate(Reason.UNAVAILABLE, str(trouble)) from trouble
    if isinstance(outcome, Refused | Later):
        raise CannotModerate(outcome.reason, outcome.detail)
    if not isinstance(outcome, Sent):
        raise CannotModerate(Reason.UNAVAILABLE, outcome.detail)
    _done(message, by, act)


def _asked(line: Connection, message: Message, act: Moderation) -> Outcome:
    if message.direction == Message.Direction.OUT:
        return line.delete(message.key)
    return line.moderate(message.key, act)


@transaction.atomic
def _done(message: Message, by: Agent, act: Moderation) -> None:
    now = timezone.now()
    here = Message.objects.filter(pk=message.pk)
    if act is Moderation.DELETE:
        _gone(message)
    elif act in (Moderation.HIDE, Moderation.UNHIDE):
        here.update(hidden_at=now if act is Moderation.HIDE else None)
    else:
        here.update(liked_at=now if act is Moderation.LIKE else None)
    ours = message.direction == Message.Direction.OUT
    if message.case_id:
        record(
            message.brand_id, message.case_id, Verb.UNSENT if ours else Verb.MODERATED, agent=by, at=now,
            message=message.pk, act=act.value,
        )  # fmt: skip


def _gone(message: Message) -> None:
    """As if the network had told us, so that it takes effect everywhere by the one way that there is."""
    tell(message.channel, Deletion(message.key, timezone.now()))
