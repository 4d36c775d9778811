"""What every page of the desk stands in: navigation, counts, and what its scripts need to know."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent, Brand
from kikite.channels.models import Channel, Gap, Incident
from kikite.workflows import alerting

from . import actions, lists, marks, scope, sections
from .lists import Shelf
from .scope import AgentRequest

# In the session: the slug of the brand seen last.
LAST = "brand"


def brand_of(request: AgentRequest) -> Brand | None:
    """The brand whose inbox this agent saw last, else the first; for pages that belong to none."""
    found, last = scope.brands(request), request.session.get(LAST, "")
    return next((one for one in found if one.slug == last), found[0] if found else None)


def page(
    request: AgentRequest, template: str, brand: Brand | None, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A whole page."""
    if brand and request.session.get(LAST) != brand.slug:
        request.session[LAST] = brand.slug
    frame = {
        "brand": brand,
        "brands": scope.brands(request),
        "shelves": list(Shelf),
        "counts": lists.counts(request.user, brand) if brand else {},
        "facts": _facts(request, brand),
        "sheet": actions.sheet(),
    } | alarm(request.user)
    return render(request, template, frame | context, status=status)


def settings(
    request: AgentRequest, template: str, brand: Brand | None, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the settings: a whole page, beside the list of all of them (`sections.py`)."""
    groups = sections.groups(request.user, brand)
    return page(request, template, brand, {"groups": groups} | context, status)


def alarm(agent: Agent) -> dict[str, Any]:
    """What a person must mend in this agent's brands, for the banner; gaps that no admin saw, for admins."""
    channels = Channel.objects.visible_to(agent).connected().select_related("brand")
    alarms = sorted(alerting.alarms(channels), key=lambda one: list(Incident.Kind).index(one.kind))
    if not agent.is_admin:  # what only admins can mend, and what has not happened yet, is not everybody's worry
        alarms = [one for one in alarms if one.kind != Incident.Kind.EXPIRING]
    unseen = Gap.objects.filter(channel__in=channels, seen_at=None).select_related("channel").order_by("pk")
    gaps = list(unseen[:1]) if agent.is_admin and not alarms else []
    return {"alarms": alarms[:1], "more": len(alarms) - 1 if alarms else 0, "unseen": gaps}


def _facts(request: AgentRequest, brand: Brand | None) -> dict[str, Any]:
    """Read by `js/facts.js`: who looks, at what, and the words that scripts say."""
    return {
        "agent": request.user.pk,
        "brand": brand.pk if brand else None,
        "slug": brand.slug if brand else "",
        "marks": [marks.CLOSE.total_seconds(), marks.OVER.total_seconds()],
        "most": lists.MOST,
        "zone": timezone.get_current_timezone_name(),
        "stream": reverse("live"),
        "tongue": get_language(),
        "words": _words(get_language() or ""),
        "actions": actions.told(get_language() or ""),
    }


@cache
def _words(language: str) -> dict[str, str]:
    """What scripts say; the same for everybody who reads that language."""
    return {
        "yours": _("yours"),
        "lost": _("Connection lost, trying again"),
        "unanswered": _("The server did not answer. Nothing is lost; try again."),
        "failed": _("That did not work. Try again."),
        "hours": _("%(hours)s h %(minutes)s"),
        "days": _("%(days)s d %(hours)s h"),
        "copied": _("Copied"),
        "undo": _("Undo"),
        "casenumber": _("Open case %(number)s"),
        "posts": _("%(n)s posts"),
        "picture": _("The picture can’t be had now"),
        "new": _("%(n)s new"),
        "saved": _("Draft kept"),
        "sending": _("Sending…"),
        "gone": _("No longer in this list"),
        "chosen": _("%(n)s chosen"),
        "whole": _("The whole list, up to %(n)s"),
        "part": _("%(weight)s of %(limit)s"),
        "publicly": _("Reply publicly"),
        "privately": _("Send privately"),
        "note": _("Add note"),
        "files": _("with %(n)s files"),
        "open": _("Open %(network)s"),
        "until": _("The network takes private answers for another"),
        "look": _("%(n)s things to look at once more"),
        "mend": _("Write “%(words)s”"),
        "takeout": _("Take it out"),
        "offer": _("Write it privately"),
        "describe": _("Describe it"),
        "known": _("That is a word of ours"),
        "dismiss": _("Let it be"),
        "next": _("Next"),
        "spelling": _("Spelling"),
        "grammar": _("Grammar"),
        "blocks": _("Before sending"),
        "prefer": _("We like to say: %(words)s"),
        "noanswer": _("No answer has these words."),
        "nobody": _("Nobody knows here: %(what)s"),
        "late": _("Only a person may still answer here, for another"),
    }
