"""Channels: how they are, and what could not be read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kikite.channels.models import Channel
from kikite.desk import frame
from kikite.desk.scope import AgentRequest, for_admins, signed_in
from kikite.workflows import connecting
from kikite.workflows.receive import run_again as run_deliveries_again
from kikite.workflows.receive import set_aside

SHOWN = 50


@signed_in
def channels(request: AgentRequest) -> HttpResponse:
    """All channels of the agent's brands; what was set aside, and what can be connected, for admins."""
    aside = set_aside(request.user)
    context = {
        "channels": Channel.objects.visible_to(request.user)
        .select_related("brand")
        .order_by("disconnected_at", "brand__name", "network", "handle"),
        "networks": connecting.networks(),
        "aside": list(aside[:SHOWN]),
        "aside_count": aside[:1000].count(),
    }
    return frame.page(request, "desk/pages/channels.html", frame.brand_of(request), context)


@require_POST
@for_admins
def run_again(request: AgentRequest) -> HttpResponse:
    """Read deliveries once more that were set aside: one (`delivery`) or all."""
    aside = set_aside(request.user)
    number = request.POST.get("delivery", "")
    count = run_deliveries_again(aside.filter(pk=int(number[:18])) if number.isdecimal() else aside)
    text = ngettext("%(n)s delivery is read again", "%(n)s deliveries are read again", count)
    messages.success(request, text % {"n": count})
    return redirect("desk:channels")
