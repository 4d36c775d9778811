"""One act on one case or on a thousand, in a few statements; kept with what was before, so that it can be undone.

Undoing gives each case back what it had, unless somebody (or another act) has changed it since: that stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from kikite.accounts.models import Agent, Brand
from kikite.history.models import Event, Verb
from kikite.history.recording import announce

from .models import Act, Case, MergedCase
from .states import CaseState, refresh

MOST = 1000  # cases in one act

# Everything that acts change; a case's state follows from it.
_FIELDS = ("assignee_id", "assigned_at", "snoozed_at", "snoozed_until", "resolved_at", "resolved_by_id")
_TYPES = """id bigint, assignee_id bigint, assigned_at timestamptz, snoozed_at timestamptz, snoozed_until timestamptz,
            resolved_at timestamptz, resolved_by_id bigint"""

_READ = f"SELECT id, {', '.join(_FIELDS)} FROM cases_case WHERE id = ANY(%(ids)s) ORDER BY id"
_RESTORE = f"""
UPDATE cases_case c SET {", ".join(f"{name} = b.{name}" for name in _FIELDS)}
FROM cases_act act, jsonb_to_recordset(act.before) AS b({_TYPES}), jsonb_to_recordset(act.after) AS a({_TYPES})
WHERE act.id = %(act)s AND a.id = b.id AND c.id = b.id
  AND ({", ".join(f"c.{name}" for name in _FIELDS)}) IS NOT DISTINCT FROM ({", ".join(f"a.{name}" for name in _FIELDS)})
RETURNING c.id
"""


class NotOfThisBrand(ValueError):
    """Only an agent who works for the brand can be given its cases."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done: which event tells of it, what it writes, and which cases it changes at all."""

    verb: Verb
    changes: Mapping[str, object]
    where: Q = field(default_factory=Q)
    data: Mapping[str, object] = field(default_factory=dict)


def resolving(by: Agent) -> Deed:
    changes = {"resolved_at": timezone.now(), "resolved_by": by, "snoozed_at": None, "snoozed_until": None}
    return Deed(Verb.RESOLVED, changes, ~Q(state=CaseState.RESOLVED))


def reopening() -> Deed:
    return Deed(Verb.REOPENED, {"resolved_at": None, "resolved_by": None}, Q(state=CaseState.RESOLVED))


def giving(brand: Brand, to: Agent | None) -> Deed:
    """To an agent of the brand, or back to everybody. Raises NotOfThisBrand."""
    if to is not None and not to.memberships.filter(brand=brand).exists():
        raise NotOfThisBrand(f"{to} does not work for {brand}")
    where = ~Q(assignee=to) | Q(assignee=None) if to else Q(assignee__isnull=False)
    changes = {"assignee": to, "assigned_at": timezone.now() if to else None}
    return Deed(Verb.ASSIGNED, changes, where, {"to": to.pk if to else None})


def snoozing(until: datetime) -> Deed:
    changes = {"snoozed_at": timezone.now(), "snoozed_until": until}
    return Deed(Verb.SNOOZED, changes, ~Q(state=CaseState.RESOLVED), {"until": until.isoformat()})


def waking() -> Deed:
    return Deed(Verb.WOKEN, {"snoozed_at": None, "snoozed_until": None}, Q(snoozed_until__isnull=False))


@dataclass(frozen=True, slots=True)
class Done:
    """The cases that were changed; how to undo it, where somebody did it."""

    cases: list[int]
    act: Act | None = None


@transaction.atomic
def act(brand: Brand, by: Agent | None, ids: Collection[int], deed: Deed) -> Done:
    """Do it to those of the cases (at most MOST) that it changes. `by` is None for what time alone does.

    A case that became part of another is meant as that one.
    """
    held = _hold(brand, ids)
    chosen = list(Case.objects.filter(deed.where, pk__in=held).order_by("pk").values_list("pk", flat=True))
    if not chosen:
        return Done([])
    now = timezone.now()
    before = _read(chosen)
    Case.objects.filter(pk__in=chosen).update(**deed.changes)
    refresh(chosen, now)
    _tell(brand, by, deed, now, {row["id"]: row["assignee_id"] for row in before})
    if by is None:
        return Done(chosen)
    after = _json(_read(chosen))
    return Done(
        chosen, Act.objects.create(brand=brand, agent=by, verb=deed.verb, at=now, before=_json(before), after=after)
    )


@transaction.atomic
def undo(done: Act, by: Agent) -> tuple[int, int]:
    """Undo it: (how many cases are as before, how many were changed since and stay). Again, it does nothing."""
    if not Act.objects.filter(pk=done.pk, undone_at=None).update(undone_at=timezone.now()):
        return 0, 0
    _hold(done.brand, [row["id"] for row in done.before])
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE, {"act": done.pk})
        restored = sorted(row[0] for row in cursor.fetchall())
    now = timezone.now()
    refresh(restored, now)
    _tell(done.brand, by, Deed(Verb.UNDONE, {}, data={"verb": done.verb}), now, dict.fromkeys(restored))
    return len(restored), len(done.before) - len(restored)


def _hold(brand: Brand, ids: Collection[int]) -> list[int]:
    """These cases of the brand, kept from other acts until the transaction ends."""
    wanted = sorted(set(ids))[:MOST]
    wanted += MergedCase.objects.filter(pk__in=wanted, into__brand=brand).values_list("into_id", flat=True)
    rows = Case.objects.select_for_update(of=("self",)).filter(brand=brand, pk__in=wanted).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _read(ids: Collection[int]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"ids": list(ids)})
        return [dict(zip(("id", *_FIELDS), row, strict=True)) for row in cursor.fetchall()]


def _json(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Times as texts with all their digits: what is compared later must be the same to the microsecond."""
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in rows
    ]


def _tell(brand: Brand, by: Agent | None, deed: Deed, now: datetime, was: Mapping[int, int | None]) -> None:
    """One event for each case in one statement, and one announcement for all."""
    Event.objects.bulk_create(
        Event(
            brand=brand, case_id=case, verb=deed.verb, agent=by, at=now,
            data={**deed.data, "was": assignee} if deed.verb == Verb.ASSIGNED else {**deed.data},
        )
        for case, assignee in was.items()
    )  # fmt: skip
    announce(brand.pk, list(was))
