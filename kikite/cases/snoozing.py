"""A case sleeps until a time that an agent chose, or until the customer's next word."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent
from kikite.history.models import Verb
from kikite.history.recording import record

from .acting import hold
from .models import Case
from .states import CASES, CaseState, refresh


class InThePast(ValueError):
    """A case can only sleep until a time to come."""


@transaction.atomic
def snooze(case: Case, by: Agent, until: datetime) -> Case:
    """Let the case sleep until `until` (aware). A new time replaces the old one."""
    now = timezone.now()
    if until <= now:
        raise InThePast(f"{until} is over")
    held = hold(case)
    if held.state != CaseState.SNOOZED:
        CASES.check(CaseState(held.state), CaseState.SNOOZED)
    Case.objects.filter(pk=held.pk).update(snoozed_at=now, snoozed_until=until)
    refresh([held.pk], now)
    record(held.brand_id, held.pk, Verb.SNOOZED, agent=by, at=now, until=until.isoformat())
    held.refresh_from_db()
    return held


@transaction.atomic
def wake(case: Case, by: Agent | None) -> Case:
    """The case is back, by an agent's hand or because its time has come (`by` is None)."""
    held = hold(case)
    if held.snoozed_until is None:
        return held
    Case.objects.filter(pk=held.pk).update(snoozed_at=None, snoozed_until=None)
    refresh([held.pk], timezone.now())
    record(held.brand_id, held.pk, Verb.WOKEN, agent=by)
    held.refresh_from_db()
    return held


def wake_the_due() -> int:
    """Wake every case whose time has come; returns how many. The index of sleeping cases makes this cheap."""
    due = Case.objects.filter(state=CaseState.SNOOZED, snoozed_until__lte=timezone.now())
    cases = list(due.order_by("snoozed_until")[:1000])
    for case in cases:
        wake(case, None)
    return len(cases)
