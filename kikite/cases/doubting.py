"""Ending a doubt: the network did not say whether a part stands, and a person looked.

The sender asks the network by itself and mostly learns it. Where nobody can be asked any more (a network that shows no
list of what we said, and has forgotten the part's key) the doubt would last for ever and hold back what follows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent
from kikite.history.models import Verb
from kikite.history.recording import notify, record

from .handing import found_standing
from .models import ReplyPart
from .replying import OUTBOX
from .states import PARTS, PartState

# The old request must have ended, and the network have been asked a few times, before people decide.
PATIENCE = timedelta(minutes=2)


def lasting(part: ReplyPart, now: datetime) -> bool:
    """Whether the doubt has lasted long enough for a person to end it."""
    asked = part.attempted_at
    return part.state == PartState.UNKNOWN and asked is not None and now - asked >= PATIENCE


@transaction.atomic
def stands(part: ReplyPart, by: Agent) -> bool:
    """It stands on the network. False when there is no (lasting) doubt about it."""
    return lasting(part, timezone.now()) and found_standing(part, by, PartState.UNKNOWN)


@transaction.atomic
def missing(part: ReplyPart, by: Agent) -> bool:
    """It does not stand, and is sent again. False when there is no (lasting) doubt about it."""
    PARTS.check(PartState.UNKNOWN, PartState.QUEUED)
    if not lasting(part, timezone.now()):
        return False
    doubted = ReplyPart.objects.filter(pk=part.pk, state=PartState.UNKNOWN, attempts=part.attempts)
    if not doubted.update(state=PartState.QUEUED, not_before=timezone.now(), reason="", detail=""):
        return False
    record(part.case.brand_id, part.case_id, Verb.REPLIED, agent=by, reply=part.reply_id, part=part.number)
    notify(OUTBOX, [""])
    return True
