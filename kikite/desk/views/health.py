"""Channels and how they are: the list, one channel in full, and what admins set there."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kikite.channels.models import Channel, Delivery, Gap, Listener
from kikite.desk import frame, health
from kikite.desk.scope import AgentRequest, for_admins, signed_in, wants
from kikite.workflows import connecting
from kikite.workflows.abilities import able
from kikite.workflows.receive import run_again as run_deliveries_again
from kikite.workflows.receive import set_aside

SHOWN = 50
LISTENERS = 20  # of one channel
MOST_USD = Decimal(1_000_000)


@signed_in
def channels(request: AgentRequest) -> HttpResponse:
    """All channels of the agent's brands, those that need somebody first; what can be connected, for admins."""
    context: dict[str, Any] = {"healths": health.overview(request.user)}
    if wants(request, "health"):
        return render(request, "desk/pages/health/_list.html", context | {"brands": request.user.brands.all()})
    context["networks"] = connecting.networks()
    return frame.page(request, "desk/pages/health/channels.html", frame.brand_of(request), context)


@signed_in
def channel(request: AgentRequest, number: int) -> HttpResponse:
    """One channel in full."""
    found = _found(request, number)
    context = _in_full(request, found)
    if wants(request, "health"):
        return render(request, "desk/pages/health/_in_full.html", context)
    return frame.page(request, "desk/pages/health/channel.html", found.brand, context)


@signed_in
def alarm(request: AgentRequest) -> HttpResponse:
    """The banner of the frame, for pages that stay open."""
    return render(request, "desk/parts/_alarm.html", frame.alarm(request.user))


@require_POST
@for_admins
def run_again(request: AgentRequest, number: int) -> HttpResponse:
    """Read deliveries of the channel once more that were set aside: one (`delivery`) or all."""
    aside = _aside(request, _found(request, number))
    one = request.POST.get("delivery", "")
    count = run_deliveries_again(aside.filter(pk=int(one[:18])) if one.isdecimal() else aside)
    text = ngettext("%(n)s delivery is read again", "%(n)s deliveries are read again", count)
    return _done(request, number, text % {"n": count})


@require_POST
@for_admins
def budget(request: AgentRequest, number: int) -> HttpResponse:
    """Set what reading may cost a day; nothing at all takes the budget away."""
    found, text = _found(request, number), request.POST.get("usd", "").strip()
    try:
        usd = Decimal(text) if text else None
        if usd is not None and not 0 <= usd <= MOST_USD:
            raise InvalidOperation
    except InvalidOperation:
        messages.error(request, _("Write the budget as a number of US dollars, such as 5.00."))
        return redirect("desk:health", number)
    Channel.objects.filter(pk=found.pk).update(daily_usd=usd)
    return _done(request, number, _("Budget kept") if usd is not None else _("No budget any more"))


@require_POST
@for_admins
def listeners(request: AgentRequest, number: int) -> HttpResponse:
    """Listen for one more query."""
    found, query = _found(request, number), " ".join(request.POST.get("query", "").split())
    if not query or len(query) > 500 or not able(found).searches:
        messages.error(request, _("Write what to listen for, in at most 500 characters."))
    elif found.listeners.count() >= LISTENERS:
        messages.error(request, _("A channel has at most %(n)s listeners. Remove one first.") % {"n": LISTENERS})
    else:
        Listener.objects.get_or_create(channel=found, query=query)
        return _done(request, number, _("Listening. What is found becomes a case, as everything else does."))
    return redirect("desk:health", number)


@require_POST
@for_admins
def unlisten(request: AgentRequest, number: int, listener: int) -> HttpResponse:
    """Listen for it no longer; what was found stays."""
    _found(request, number).listeners.filter(pk=listener).delete()
    return _done(request, number, _("Removed. What was found stays."))


@require_POST
@for_admins
def seen(request: AgentRequest, number: int, gap: int) -> HttpResponse:
    """An admin has seen the gap: it is warned of no longer."""
    unseen = Gap.objects.filter(channel=_found(request, number), pk=gap, seen_at=None)
    unseen.update(seen_at=timezone.now(), seen_by=request.user)
    return redirect("desk:health", number)


def _found(request: AgentRequest, number: int) -> Channel:
    return get_object_or_404(Channel.objects.visible_to(request.user).select_related("brand"), pk=number)


def _aside(request: AgentRequest, found: Channel) -> Any:
    return set_aside(request.user).filter(channel=found)


def _in_full(request: AgentRequest, found: Channel) -> dict[str, Any]:
    can, costs, aside = able(found), health.costs(found), _aside(request, found)
    (one,) = health.overview(request.user, found.pk)
    shown: list[Delivery] = list(aside[:SHOWN])
    return {
        "one": one, "channel": found, "can": can, "limits": health.limits(found), "refusals": health.refusals(found),
        "costs": costs, "total": health.total(costs), "lacking": health.lacking(found), "aside": shown,
        "how": health.how_read(found, can), "gaps": found.gaps.order_by("seen_at", "-until")[:SHOWN],
        "listeners": found.listeners.order_by("pk"), "renewal": found.settings.get("renewal"),
    }  # fmt: skip


def _done(request: AgentRequest, number: int, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("desk:health", number)
