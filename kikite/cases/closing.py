"""A case is resolved by an agent, and reopened by an agent or by the customer's next word."""

from __future__ import annotations

from django.db import transaction

from kikite.accounts.models import Agent

from . import bulk
from .acting import hold
from .models import Case


@transaction.atomic
def resolve(case: Case, by: Agent) -> Case:
    """The matter is settled. Resolving what is resolved changes nothing."""
    bulk.act(case.brand, by, [case.pk], bulk.resolving(by))
    return hold(case)


@transaction.atomic
def reopen(case: Case, by: Agent) -> Case:
    """It was not settled after all. Reopening what is open changes nothing."""
    bulk.act(case.brand, by, [case.pk], bulk.reopening())
    return hold(case)
