"""The lists of the inbox, page by page: keyset pages, so that the thousandth costs what the first costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import BadRequest
from django.db.models import BooleanField, Count, F, Func, Q, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kikite.accounts.models import Agent, Brand
from kikite.cases.models import Case, CaseQuerySet
from kikite.cases.states import CaseState

# More than a screen of dense rows, so that the next page is here before it is seen.
PAGE = 30
# Counting stops here; the desk writes "999+".
MOST = 1000


class Shelf(StrEnum):
    """Which cases a list holds, and their order."""

    QUEUE = "queue"  # waits for an answer, oldest first
    UNASSIGNED = "unassigned"  # waits for an answer and nobody is on it, oldest first
    MINE = "mine"  # given to me and not resolved, what waits longest first
    ALL = "all"  # everything, newest word first

    @property
    def label(self) -> Promise:
        return {"queue": _("Queue"), "unassigned": _("Unassigned"), "mine": _("Mine"), "all": _("All")}[self.value]

    @property
    def order(self) -> Promise:
        return _("newest first") if self is Shelf.ALL else _("longest wait first")


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases of a list, and the cursor of the next page ("" when there is none)."""

    cases: list[Case]
    next: str


def page(agent: Agent, brand: Brand, shelf: Shelf, cursor: str = "") -> Page:
    """The page of a list that begins after `cursor`. Raises BadRequest for a cursor that is none."""
    cases = _ordered(_shelved(agent, brand, shelf), shelf)
    if cursor:
        cases = cases.filter(_after(shelf, *_read(cursor)))
    found = list(
        cases.select_related("customer", "channel", "assignee").prefetch_related("customer__profiles")[: PAGE + 1]
    )
    more = len(found) > PAGE
    return Page(found[:PAGE], _write(shelf, found[PAGE - 1]) if more else "")


def numbers(agent: Agent, brand: Brand, shelf: Shelf, most: int) -> list[int]:
    """The numbers of the first `most` cases of a list."""
    return list(_ordered(_shelved(agent, brand, shelf), shelf).values_list("pk", flat=True)[:most])


def counts(agent: Agent, brand: Brand) -> dict[str, int]:
    """How many cases this agent's lists hold, at most MOST each."""
    mine = mine_of(brand.pk, [agent.pk]).get(agent.pk, 0)
    return {"queue": waiting(brand.pk), "unassigned": unassigned(brand.pk), "mine": mine}


def waiting(brand_id: int) -> int:
    """How many cases of the brand wait for an answer, at most MOST."""
    return Case.objects.filter(brand=brand_id, waiting_since__isnull=False)[:MOST].count()


def unassigned(brand_id: int) -> int:
    """How many of them nobody is on, at most MOST."""
    return Case.objects.filter(brand=brand_id, waiting_since__isnull=False, assignee=None)[:MOST].count()


def mine_of(brand_id: int, agent_ids: Sequence[int]) -> dict[int, int]:
    """How many unresolved cases of the brand each of these agents has."""
    cases = Case.objects.filter(brand=brand_id, assignee__in=agent_ids).exclude(state=CaseState.RESOLVED)
    return dict(cases.values_list("assignee").annotate(Count("pk")).order_by())


def _shelved(agent: Agent, brand: Brand, shelf: Shelf) -> CaseQuerySet:
    # The brand was found through the agent; a join that proves it again for each row would cost the index's order.
    cases = Case.objects.filter(brand=brand)
    if shelf is Shelf.QUEUE:
        return cases.filter(waiting_since__isnull=False)
    if shelf is Shelf.UNASSIGNED:
        return cases.filter(waiting_since__isnull=False, assignee=None)
    if shelf is Shelf.MINE:
        return cases.filter(assignee=agent).exclude(state=CaseState.RESOLVED)
    return cases


def _ordered(cases: CaseQuerySet, shelf: Shelf) -> CaseQuerySet:
    return cases.order_by("-last_at", "-id") if shelf is Shelf.ALL else cases.order_by("waiting_since", "id")


def _after(shelf: Shelf, at: datetime | None, case_id: int) -> Q:
    """What comes after a place."""
    if at is None:
        return Q(waiting_since=None, id__gt=case_id)
    if shelf is Shelf.ALL:
        return Q(LessThan(_row(F("last_at"), F("id")), _row(Value(at), Value(case_id))))
    after = Q(GreaterThan(_row(F("waiting_since"), F("id")), _row(Value(at), Value(case_id))))
    return after | Q(waiting_since=None) if shelf is Shelf.MINE else after


def _row(*values: F | Value) -> Func:
    """Compared as one: so PostgreSQL begins to read its index at the place, instead of sorting all that comes after."""
    return Func(*values, function="ROW", output_field=BooleanField())


def _write(shelf: Shelf, case: Case) -> str:
    at = case.last_at if shelf is Shelf.ALL else case.waiting_since
    return f"{at.isoformat() if at else ''}~{case.pk}"


def _read(cursor: str) -> tuple[datetime | None, int]:
    at, found, case_id = cursor.partition("~")
    try:
        moment = parse_datetime(at) if at else None
    except ValueError:
        moment = None
    if not found or not case_id.isdecimal() or len(case_id) > 18 or (at and (moment is None or moment.tzinfo is None)):
        raise BadRequest("There is no such page of this list.")
    return moment, int(case_id)
