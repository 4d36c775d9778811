"""A case: its conversation, its customer, its history."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from kikite.accounts.models import Brand
from kikite.cases.models import Case, MergedCase
from kikite.desk import frame
from kikite.desk.dossier import dossier
from kikite.desk.lists import Shelf
from kikite.desk.rows import row
from kikite.desk.scope import AgentRequest, in_brand, wants
from kikite.desk.talk import earlier

from .inbox import beside


def found(request: AgentRequest, brand: Brand, number: int) -> Case:
    """The case, found through the agent. Raises Http404."""
    cases = Case.objects.visible_to(request.user).select_related("customer", "channel", "assignee", "brand")
    cases = cases.prefetch_related("customer__profiles")
    return get_object_or_404(cases, brand=brand, pk=number)


@in_brand
def case(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """A case beside the list it was opened from; for htmx the case alone."""
    try:
        context = dossier(request.user, found(request, brand, number))
    except Http404:
        return _merged(request, brand, number)
    if wants(request, "case"):
        return render(request, "desk/case/_case.html", context)
    return frame.page(request, "desk/inbox.html", brand, beside(brand, _shelf(request)) | context)


@in_brand
def live(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """What changes in an open case, as fragments that are morphed in; never what the agent is writing."""
    return fragments(request, found(request, brand, number))


@in_brand
def before(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Earlier messages, for the top of an open conversation."""
    shown = found(request, brand, number)
    place = request.GET.get("before", "")
    context: dict[str, Any] = {"case": shown, "slug": brand.slug, "row": row(shown), "page": earlier(shown, place)}
    return render(request, "desk/case/_earlier.html", context)


@in_brand
def colleagues(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Whom the case can be given to: the menu, read when it opens."""
    context = {
        "case": found(request, brand, number),
        "slug": brand.slug,
        "colleagues": brand.agents.filter(is_active=True).order_by("name"),
    }
    return render(request, "desk/case/_colleagues.html", context)


def fragments(request: AgentRequest, shown: Case, status: int = 200) -> HttpResponse:
    """The live parts of a case as it stands now: the answer to every act."""
    context = dossier(request.user, shown, start=request.GET.get("from", "") or request.POST.get("from", ""))
    return render(request, "desk/case/_live.html", context | {"live": True}, status=status)


def _shelf(request: AgentRequest) -> Shelf:
    try:
        return Shelf(request.GET.get("in", ""))
    except ValueError:
        return Shelf.QUEUE


def _merged(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """The case that this one became part of."""
    merged = get_object_or_404(MergedCase, pk=number)
    case = get_object_or_404(Case.objects.visible_to(request.user), brand=brand, pk=merged.into_id)
    return redirect("desk:case", brand.slug, case.pk, permanent=True)
