"""Connecting an account, connecting it again, signing in at its network, and disconnecting."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kikite.accounts.models import Brand
from kikite.channels.models import Channel, new_hook
from kikite.desk import frame
from kikite.desk.connecting import ConnectForm, lacking, told
from kikite.desk.scope import AgentRequest, for_admins
from kikite.networks.contract import Network, Way
from kikite.workflows import connecting, signing_in, webhooks
from kikite.workflows.connecting import CannotConnect, Plan
from kikite.workflows.signing_in import Choice, NotExpected

# In the session: addresses of webhooks that a page named before there was a channel, by brand and network.
HOOKS = "hooks"


@for_admins
def connect(request: AgentRequest, brand: str, network: str) -> HttpResponse:
    """Connect an account of a network to a brand, by one of the ways that the network declares."""
    where = get_object_or_404(request.user.brands, slug=brand)
    chosen = _network(network)
    way = connecting.way_of(chosen, request.GET.get("way", ""))
    return _form(request, where, chosen, way, None, _hook(request, where, chosen))


@for_admins
def again(request: AgentRequest, number: int) -> HttpResponse:
    """Give a channel new credentials: the same way, server and fields, unless another way is chosen."""
    channel = get_object_or_404(Channel.objects.visible_to(request.user).select_related("brand"), pk=number)
    network = _network(channel.network)
    way = connecting.way_of(network, request.GET.get("way", "") or channel.way)
    return _form(request, channel.brand, network, way, channel, channel.hook)


def _form(
    request: AgentRequest, brand: Brand, network: Network, way: Way, channel: Channel | None, hook: str
) -> HttpResponse:
    known = connecting.stored(channel) | {"base_url": channel.base_url} if channel else {}
    form = ConnectForm(network, way, request.POST or None, known=known)
    if request.method == "POST" and form.is_valid():
        server = {"base_url": known["base_url"]} if channel else {}
        done = _begun(request, form, Plan(brand, network, way, server | form.values, channel, hook))
        if done is not None:
            return done
    context = {
        "form": form, "network": network, "way": way, "channel": channel, "title": _(network.title),
        "ways": [{"name": one.name, "title": _(one.title)} for one in network.ways],
        "steps": [told(step, signing_in.redirect_address(), webhooks.address(hook)) for step in way.steps],
        "permissions": [{"name": one.name, "why": _(one.why), "required": one.required} for one in way.permissions],
        "secret": any(field.secret for field in way.fields),
    }  # fmt: skip
    return frame.page(request, "desk/connect/connect.html", brand, context, 422 if form.errors else 200)


def _begun(request: AgentRequest, form: ConnectForm, plan: Plan) -> HttpResponse | None:
    """The next page; None, with the reason in the form, where there is none."""
    try:
        if plan.way.sign_in is not None:
            url = signing_in.depart(plan, request.user)
            context = {"title": _(plan.network.title), "url": url, "server": urlsplit(url).netloc}
            return frame.page(request, "desk/connect/leaving.html", plan.brand, context)
        return _connected(request, connecting.by_form(plan))
    except CannotConnect as error:
        form.add_error(None, str(error))
        return None


@require_GET
@for_admins
def returned(request: AgentRequest) -> HttpResponse:
    """Back from a network's page of consent."""
    try:
        found = signing_in.returned(request.user, request.GET.dict())
    except CannotConnect as error:
        return _failed(request, error)
    return _connected(request, found) if isinstance(found, Channel) else redirect("desk:choose", found.pk)


@for_admins
def choose(request: AgentRequest, number: int) -> HttpResponse:
    """Which of the accounts that a sign-in is good for? One after the other, as many as are wanted."""
    try:
        choice = signing_in.waiting(request.user, number)
        if request.method == "POST":
            channel = signing_in.choose(request.user, number, request.POST.get("account", ""))
            done = _connected(request, channel)
            return done if len(choice.accounts) == 1 else redirect("desk:choose", number)
    except NotExpected as error:
        return _failed(request, error)
    except CannotConnect as error:
        return _choices(request, choice, str(error))
    return _choices(request, choice)


def _choices(request: AgentRequest, choice: Choice, error: str = "") -> HttpResponse:
    context = {"choice": choice, "network": choice.plan.network, "error": error}
    return frame.page(request, "desk/connect/choose.html", choice.plan.brand, context, 422 if error else 200)


def _failed(request: AgentRequest, error: CannotConnect) -> HttpResponse:
    """Nothing was connected; why, and where to begin again."""
    plan = error.plan
    if plan is None:
        start = reverse("desk:channels")
    elif plan.again is not None:
        start = reverse("desk:again", args=[plan.again.pk])
    else:
        start = f"{reverse('desk:connect', args=[plan.brand.slug, plan.network.name])}?way={plan.way.name}"
    brand = plan.brand if plan else frame.brand_of(request)
    context = {"why": str(error), "start": start}
    return frame.page(request, "desk/connect/failed.html", brand, context, 400 if plan is None else 422)


@require_POST
@for_admins
def disconnect(request: AgentRequest, number: int) -> HttpResponse:
    """Disconnect a channel."""
    found = get_object_or_404(Channel.objects.visible_to(request.user), pk=number)
    connecting.disconnect(found, request.user)
    messages.success(request, _("%(channel)s is disconnected") % {"channel": found.handle})
    return redirect("desk:channels")


@require_POST
@for_admins
def webhook(request: AgentRequest, number: int) -> HttpResponse:
    """Have the network call us, once more."""
    found = get_object_or_404(Channel.objects.visible_to(request.user).connected(), pk=number)
    if webhooks.subscribe(found):
        messages.success(request, _("%(network)s calls us for %(channel)s") % _named(found))
    else:
        why = found.settings.get(webhooks.TROUBLE)
        told_why = why["why"] if isinstance(why, dict) else _("it cannot reach this desk from outside")
        messages.warning(
            request,
            _("%(network)s does not call us for %(channel)s: %(why)s") % {**_named(found), "why": told_why},
        )
    return redirect("desk:channels")


def _connected(request: AgentRequest, channel: Channel) -> HttpResponse:
    """Say so, with what does not work where permissions were left out, and have the network call us."""
    _forget_hook(request, channel)
    webhooks.subscribe(channel)
    messages.success(request, _("%(channel)s is connected") % {"channel": channel.handle})
    way = connecting.way_of(_network(channel.network), channel.way)
    for permission in lacking(way, channel.missing):
        said = {"permission": permission.name, "why": _(permission.why)}
        messages.warning(request, _("The permission %(permission)s was not given. %(why)s") % said)
    return redirect("desk:channels")


def _named(channel: Channel) -> dict[str, str]:
    return {"network": _(_network(channel.network).title), "channel": channel.handle}


def _hook(request: AgentRequest, brand: Brand, network: Network) -> str:
    """The webhook's address that this agent's page names: the same until the account is connected."""
    kept: dict[str, str] = request.session.get(HOOKS, {})
    name = f"{brand.pk}/{network.name}"
    if name not in kept:
        request.session[HOOKS] = kept = {**kept, name: new_hook()}
    return kept[name]


def _forget_hook(request: AgentRequest, channel: Channel) -> None:
    kept: dict[str, str] = request.session.get(HOOKS, {})
    if channel.hook in kept.values():
        request.session[HOOKS] = {name: hook for name, hook in kept.items() if hook != channel.hook}


def _network(name: str) -> Network:
    for network in connecting.networks():
        if network.name == name:
            return network
    raise Http404
