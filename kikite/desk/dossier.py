"""Everything that the page of a case shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kikite.accounts.models import Agent
from kikite.cases.models import Case
from kikite.cases.states import CaseState
from kikite.workflows.replying import Answering, ways

from . import rows
from .happenings import happenings
from .talk import talk

HISTORY = 40
EARLIER = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A way to answer: publicly or privately; `to` is None when there is none. Drawn as one of the composer's tabs."""

    name: str
    to: Answering | None

    @property
    def limit(self) -> int:
        if self.to is None:
            return 0
        limits = self.to.limits
        return (limits.private_length or limits.length) if self.name == "private" else limits.length


@dataclass(frozen=True, slots=True)
class Sleep:
    """One line of the snooze menu."""

    name: str
    title: Promise
    until: datetime


def dossier(agent: Agent, case: Case, start: str = "") -> dict[str, Any]:
    """The context of a case's templates."""
    told = happenings(case)
    open_ways = [Way(name, to) for name, to in zip(("public", "private"), ways(case), strict=True)]
    return {
        "case": case,
        "slug": case.brand.slug,
        "brand": case.brand,
        "row": rows.row(case),
        "yours": case.assignee_id == agent.pk,
        "resolved": case.state == CaseState.RESOLVED,
        "snoozed": case.state == CaseState.SNOOZED,
        "page": talk(case, told, start),
        "ways": open_ways,
        "mode": _mode(case, open_ways),
        "sleeps": sleeps(),
        "history": told[:HISTORY],
        **_rail(case),
    }


def sleeps() -> list[Sleep]:
    """Until when a case can sleep, in the agent's zone."""
    now = timezone.localtime()
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
    choices = [
        Sleep("hour", _("For 1 hour"), now + timedelta(hours=1)),
        Sleep("three", _("For 3 hours"), now + timedelta(hours=3)),
        Sleep("tomorrow", _("Tomorrow, 9:00"), morning + timedelta(days=1)),
        Sleep("monday", _("Monday, 9:00"), morning + timedelta(days=7 - now.weekday())),
    ]
    # On a Sunday both are the same morning.
    return choices[:-1] if choices[-1].until == choices[-2].until else choices


def _mode(case: Case, ways: list[Way]) -> str:
    """How the composer opens: as the customer wrote last, where that can be answered."""
    possible = [way.name for way in ways if way.to]
    wanted = "private" if case.preview_private else "public"
    return wanted if wanted in possible else (possible or ["note"])[0]


def _rail(case: Case) -> dict[str, Any]:
    """The customer and the customer's other cases."""
    others = case.customer.cases.exclude(pk=case.pk).order_by("-first_at")
    return {
        "profiles": sorted(case.customer.profiles.all(), key=lambda profile: profile.pk)[:10],
        "others": list(others[:EARLIER]),
    }
