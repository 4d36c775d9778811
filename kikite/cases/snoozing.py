"""A case sleeps until a time that an agent chose, or until the customer's next word."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent, Brand

from . import bulk
from .acting import hold
from .models import Case
from .states import CaseState


class InThePast(ValueError):
    """A case can only sleep until a time to come."""


@transaction.atomic
def snooze(case: Case, by: Agent, until: datetime) -> Case:
    """Let the case sleep until `until` (aware). A new time replaces the old one."""
    if until <= timezone.now():
        raise InThePast(f"{until} is over")
    bulk.act(case.brand, by, [case.pk], bulk.snoozing(until))
    return hold(case)


@transaction.atomic
def wake(case: Case, by: Agent) -> Case:
    """The case is back by an agent's hand."""
    bulk.act(case.brand, by, [case.pk], bulk.waking())
    return hold(case)


def wake_the_due() -> int:
    """Wake every case whose time has come; returns how many. The index of sleeping cases makes this cheap."""
    due = Case.objects.filter(state=CaseState.SNOOZED, snoozed_until__lte=timezone.now())
    cases: dict[int, list[int]] = defaultdict(list)
    for brand, case in due.order_by("snoozed_until").values_list("brand", "pk")[: bulk.MOST]:
        cases[brand].append(case)
    brands = Brand.objects.in_bulk(cases)
    return sum(len(bulk.act(brands[brand], None, ids, bulk.waking()).cases) for brand, ids in cases.items())
