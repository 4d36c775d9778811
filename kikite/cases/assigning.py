"""Who is on a case."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent
from kikite.history.models import Verb
from kikite.history.recording import record

from .acting import hold
from .models import Case
from .states import refresh


class NotOfThisBrand(ValueError):
    """Only an agent who works for the brand can be given its cases."""


@transaction.atomic
def assign(case: Case, by: Agent, to: Agent | None) -> Case:
    """Give the case to an agent of its brand, or to nobody. The same again changes nothing."""
    if to is not None and not to.memberships.filter(brand=case.brand_id).exists():
        raise NotOfThisBrand(f"{to} does not work for {case.brand}")
    held = hold(case)
    if held.assignee_id == (to.pk if to else None):
        return held
    was = held.assignee_id
    now = timezone.now()
    Case.objects.filter(pk=held.pk).update(assignee=to, assigned_at=now if to else None)
    refresh([held.pk], now)
    record(held.brand_id, held.pk, Verb.ASSIGNED, agent=by, at=now, to=to.pk if to else None, was=was)
    held.refresh_from_db()
    return held


@transaction.atomic
def give_back(case: Case, by: Agent, given: int, was: Agent | None) -> bool:
    """Undo that the case was given to the agent `given` (their id): it is `was`'s again, or everybody's.

    False, and nothing changes, when somebody has given it on meanwhile.
    """
    held = hold(case)
    if held.assignee_id != given:
        return False
    assign(held, by, was)
    return True
