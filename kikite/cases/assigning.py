"""Who is on a case."""

from __future__ import annotations

from django.db import transaction

from kikite.accounts.models import Agent

from . import bulk
from .acting import hold
from .models import Case


@transaction.atomic
def assign(case: Case, by: Agent, to: Agent | None) -> Case:
    """Give the case to an agent of its brand, or to nobody. The same again changes nothing. Raises NotOfThisBrand."""
    bulk.act(case.brand, by, [case.pk], bulk.giving(case.brand, to))
    return hold(case)
