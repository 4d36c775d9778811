"""Channels: how they are, what could not be read, connecting and disconnecting."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kikite.accounts.models import Brand
from kikite.channels.models import Channel
from kikite.desk import frame
from kikite.desk.connecting import ConnectForm
from kikite.desk.scope import AgentRequest, for_admins, signed_in
from kikite.networks.contract import Network
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
def channel(request: AgentRequest, number: int) -> HttpResponse:
    """Disconnect a channel."""
    found = get_object_or_404(Channel.objects.visible_to(request.user), pk=number)
    connecting.disconnect(found, request.user)
    messages.success(request, _("%(channel)s is disconnected") % {"channel": found.handle})
    return redirect("desk:channels")


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


def connect(request: HttpRequest, brand: str, network: str) -> HttpResponse:
    """Connect an account of a network to a brand, by the form that the network declares."""
    return _connect(request, brand, network)  # type: ignore[return-value]


@for_admins
def _connect(request: AgentRequest, brand: str, network: str) -> HttpResponse:
    where = get_object_or_404(request.user.brands, slug=brand)
    form = ConnectForm(_network(network), request.POST or None)
    if request.method == "POST" and form.is_valid() and _connected(request, where, form):
        return redirect("desk:channels")
    context = {"form": form, "network": form.network}
    return frame.page(request, "desk/pages/connect.html", where, context, 422 if form.errors else 200)


def _connected(request: AgentRequest, brand: Brand, form: ConnectForm) -> bool:
    try:
        found = connecting.connect(brand, request.user, form.network.name, form.base_url, form.values)
    except connecting.CannotConnect as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("%(channel)s is connected") % {"channel": found.handle})
    return True


def _network(name: str) -> Network:
    for network in connecting.networks():
        if network.name == name:
            return network
    raise Http404
