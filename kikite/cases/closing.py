"""A case is resolved by an agent, and reopened by an agent or by the customer's next word."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent
from kikite.history.models import Verb
from kikite.history.recording import record

from .acting import hold
from .models import Case
from .states import CASES, CaseState, refresh


@transaction.atomic
def resolve(case: Case, by: Agent) -> Case:
    """The matter is settled. Resolving what is resolved changes nothing."""
    held = hold(case)
    if held.state == CaseState.RESOLVED:
        return held
    CASES.check(CaseState(held.state), CaseState.RESOLVED)
    now = timezone.now()
    Case.objects.filter(pk=held.pk).update(resolved_at=now, resolved_by=by, snoozed_at=None, snoozed_until=None)
    return _settle(held, by, Verb.RESOLVED)


@transaction.atomic
def reopen(case: Case, by: Agent) -> Case:
    """It was not settled after all. Reopening what is open changes nothing."""
    held = hold(case)
    if held.state != CaseState.RESOLVED:
        return held
    Case.objects.filter(pk=held.pk).update(resolved_at=None, resolved_by=None)
    return _settle(held, by, Verb.REOPENED)


def _settle(held: Case, by: Agent, verb: Verb) -> Case:
    refresh([held.pk], timezone.now())
    record(held.brand_id, held.pk, verb, agent=by)
    held.refresh_from_db()
    return held
