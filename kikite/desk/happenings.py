"""What happened to a case, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from kikite.accounts.models import Agent
from kikite.cases.models import Case
from kikite.history.models import Event, Verb

from .words import sentence

# What the history does not tell again: each message says it itself.
_SAID = [Verb.RECEIVED, Verb.SENT]
MOST = 300


@dataclass(frozen=True, slots=True)
class Happening:
    """An event in words."""

    verb: str
    at: datetime
    text: str


def happenings(case: Case, begin: datetime | None = None, end: datetime | None = None) -> list[Happening]:
    """The newest MOST events of a case between two times, newest first."""
    within = Q(case_id=case.pk)
    if begin:
        within &= Q(at__gte=begin)
    if end:
        within &= Q(at__lt=end)
    found = Event.objects.filter(within).exclude(verb__in=_SAID).select_related("agent").order_by("-id")
    events = list(found[:MOST])
    names = _names(events)
    return [Happening(event.verb, event.at, sentence(event, names)) for event in events]


def _names(events: list[Event]) -> dict[int, str]:
    """Of those to whom the case was given by somebody else; asked for only when there are any."""
    given = {event.data.get("to") for event in events if event.verb == Verb.ASSIGNED} - {None}
    known = {event.agent.pk: event.agent.short_name() for event in events if event.agent}
    if given <= known.keys():
        return known
    return known | {agent.pk: agent.short_name() for agent in Agent.objects.filter(pk__in=given - known.keys())}
