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
from kikite.networks.answering import Permit, Why
from kikite.networks.contract import Limits
from kikite.workflows.attaching import accepted, draft
from kikite.workflows.replying import Answering, reason, ways

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

    @property
    def counting(self) -> str:
        """How its length is measured."""
        limits = self.to.limits if self.to else Limits(0)
        return (limits.private_counting or limits.counting) if self.name == "private" else limits.counting

    @property
    def open(self) -> bool:
        """Whether it can be answered so, by us or by a person in the network's app."""
        return self.to is not None and self.to.open

    @property
    def why(self) -> str:
        """What an agent should know before writing; "" where it is simply sent."""
        return reason(self.to.permit) if self.to else ""

    @property
    def accepts(self) -> str:
        """Media types that a file may have, as a form's `accept` wants them."""
        kinds = accepted(self.to.limits, private=self.name == "private") if self.to else ()
        return ",".join(mime for kind in kinds for mime in kind.types)


@dataclass(frozen=True, slots=True)
class Sleep:
    """A time to come as menus offer it: until when a case sleeps, or at which a reply leaves (`later`)."""

    name: str
    title: Promise
    later: Promise
    until: datetime


def dossier(agent: Agent, case: Case, start: str = "") -> dict[str, Any]:
    """The context of a case's templates."""
    told = happenings(case)
    page = talk(case, told, start)
    known = None if page.earlier else page.messages
    open_ways = [Way(name, to) for name, to in zip(("public", "private"), ways(case, known), strict=True)]
    return {
        "case": case,
        "slug": case.brand.slug,
        "brand": case.brand,
        "row": rows.row(case),
        "yours": case.assignee_id == agent.pk,
        "resolved": case.state == CaseState.RESOLVED,
        "snoozed": case.state == CaseState.SNOOZED,
        "page": page,
        "files": draft(case, agent),
        "window": _window(open_ways[1]),
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
        Sleep("hour", _("For 1 hour"), _("In 1 hour"), now + timedelta(hours=1)),
        Sleep("three", _("For 3 hours"), _("In 3 hours"), now + timedelta(hours=3)),
        Sleep("tomorrow", _("Tomorrow, 9:00"), _("Tomorrow, 9:00"), morning + timedelta(days=1)),
        Sleep("monday", _("Monday, 9:00"), _("Monday, 9:00"), morning + timedelta(days=7 - now.weekday())),
    ]
    # On a Sunday both are the same morning.
    return choices[:-1] if choices[-1].until == choices[-2].until else choices


def _window(private: Way) -> Permit | None:
    """The time that is left to answer privately, where the network limits it."""
    allowed = private.to.permit if private.to else None
    return allowed if allowed and (allowed.until or allowed.why is Why.CLOSED) else None


def _mode(case: Case, ways: list[Way]) -> str:
    """How the composer opens: as the customer wrote last, where that can be answered."""
    possible = [way.name for way in ways if way.open]
    wanted = "private" if case.preview_private else "public"
    return wanted if wanted in possible else (possible or ["note"])[0]


def _rail(case: Case) -> dict[str, Any]:
    """The customer and the customer's other cases."""
    others = case.customer.cases.exclude(pk=case.pk).order_by("-first_at")
    return {
        "profiles": sorted(case.customer.profiles.all(), key=lambda profile: profile.pk)[:10],
        "others": list(others[:EARLIER]),
    }
