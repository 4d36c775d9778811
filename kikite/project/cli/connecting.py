"""`kikite channels connect`, `again` and `disconnect`: what the desk's pages do, from a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from kikite.project.cli import ground
from kikite.project.problems import Problem

if TYPE_CHECKING:
    from kikite.accounts.models import Agent, Brand
    from kikite.channels.models import Channel
    from kikite.networks.contract import Field, Network, Way
    from kikite.workflows.connecting import Plan

LOOK = 1.0  # seconds between looks whether the person is back


def connect(network_name: str, brand_name: str, way_name: str, given: list[str], email: str) -> None:
    """Connect an account; asks for what was not given. Raises Problem when the network does not take it."""
    values = dict(_pair(text) for text in given)
    with ground.django():
        from kikite.networks.registry import UnknownNetwork, network
        from kikite.workflows.connecting import Plan

        try:
            chosen = network(network_name)
        except UnknownNetwork as error:
            raise Problem(str(error.args[0])) from None
        way = _way(chosen, way_name)
        _ask(chosen, way, values)
        carry_out(Plan(_brand(brand_name), chosen, way, values), email)


def again(number: int, way_name: str, given: list[str], email: str) -> None:
    """Give a channel new credentials; fields that are no secrets are kept as they are. Raises Problem."""
    values = dict(_pair(text) for text in given)
    with ground.django():
        from kikite.networks.registry import network
        from kikite.workflows import connecting

        channel = _channel(number)
        chosen = network(channel.network)
        way = _way(chosen, way_name or channel.way)
        kept = connecting.stored(channel) | {"base_url": channel.base_url}
        public = [field.name for field in way.fields if not field.secret or way.sign_in is not None]
        values = {name: kept[name] for name in [*public, "base_url"] if kept.get(name)} | values
        _ask(chosen, way, values)
        carry_out(connecting.Plan(channel.brand, chosen, way, values, channel, channel.hook), email)


def disconnect(number: int, yes: bool) -> None:
    """Stop reading and sending, and forget the credentials. Raises Problem for no such channel."""
    with ground.django():
        from kikite.workflows import connecting

        channel = _channel(number)
        if channel.disconnected_at is not None:
            raise Problem(f"{channel.handle} is disconnected already.")
        if not yes:
            typer.confirm(f"Stop reading and sending as {channel.handle}? What was kept stays.", abort=True)
        connecting.disconnect(channel, None)
        print(f"{channel.handle} is disconnected. Its credentials are forgotten.")


def carry_out(plan: Plan, email: str) -> None:
    """Connect it, and say so; where the way signs in, as the admin with this address. Raises Problem."""
    from kikite.workflows import connecting, webhooks

    try:
        channel = _by_signing_in(plan, _agent(plan, email)) if plan.way.sign_in else connecting.by_form(plan)
    except connecting.CannotConnect as error:
        raise Problem(str(error)) from None
    print(
        f"{channel.handle} on {plan.network.title} is connected for {channel.brand}. The workers read it from now on."
    )
    if plan.way.sign_in is None:
        webhooks.subscribe(channel)
    for permission in plan.way.permissions:
        if permission.name in channel.missing:
            print(f"The permission {permission.name} was not given. {permission.why}")


def _by_signing_in(plan: Plan, agent: Agent) -> Channel:
    """Print where to go, and wait for the desk to have them back."""
    from kikite.channels.models import Channel, SigningIn
    from kikite.workflows import signing_in

    url = signing_in.depart(plan, agent)
    begun = SigningIn.objects.filter(agent=agent).latest("pk")
    print(
        f"Open this in the browser in which {agent.email} is signed in to the desk, within a quarter of an hour:\n{url}"
    )
    end = time.monotonic() + signing_in.LIFE.total_seconds()
    connected = Channel.objects.filter(brand=plan.brand, network=plan.network.name, connected_at__gte=begun.at)
    while time.monotonic() < end:
        if channel := connected.select_related("brand").order_by("connected_at").first():
            return channel
        if not SigningIn.objects.filter(pk=begun.pk).exists():
            raise Problem("The sign-in did not succeed; the browser says why. Nothing was connected.")
        time.sleep(LOOK)
    raise Problem("Nobody came back within a quarter of an hour. Nothing was connected.")


def _agent(plan: Plan, email: str) -> Agent:
    """Who signs in at the network, and comes back as this agent: an admin of the brand. Raises Problem."""
    from kikite.accounts.models import Agent

    agents = Agent.objects.filter(is_admin=True, is_active=True, brands=plan.brand)
    found = list(agents.filter(email__iexact=email) if email else agents.order_by("pk")[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise Problem("Say who signs in, by --as and the e-mail address of an admin who works for this brand.")
    who = email or "Nobody"
    raise Problem(f"{who} is no admin who works for {plan.brand}, and only they can sign in at the network for it.")


def _way(network: Network, name: str) -> Way:
    """The way of that name, else the first form: a terminal is no browser. Raises BadParameter."""
    ways = {way.name: way for way in network.ways}
    if name and name not in ways:
        raise typer.BadParameter(f"{network.title} has no way {name!r}; it has {', '.join(ways)}", param_hint="--way")
    forms = (way for way in network.ways if way.sign_in is None)
    return ways[name] if name else next(forms, network.ways[0])


def _channel(number: int) -> Channel:
    from kikite.channels.models import Channel

    channel = Channel.objects.select_related("brand").filter(pk=number).first()
    if channel is None:
        raise Problem(f"There is no channel {number}. See them by: kikite channels list")
    return channel


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--field")
    return name, value


def _ask(network: Network, way: Way, values: dict[str, str]) -> None:
    names = [field.name for field in way.fields]
    unknown = values.keys() - {*names, "base_url"}
    if unknown:
        raise typer.BadParameter(
            f"{network.title} has no {', '.join(sorted(unknown))}; it has {', '.join(names)}", param_hint="--field"
        )
    for field in way.fields:
        if field.name not in values:
            values[field.name] = _prompt(field)


def _prompt(field: Field) -> str:
    default = field.default or (None if field.required else "")
    if field.help:
        print(field.help)
    for value, label in field.choices:
        print(f"  {value}: {label}")
    answer: str = typer.prompt(field.label, default=default, hide_input=field.secret, show_default=bool(default))
    return answer


def _brand(name: str) -> Brand:
    from django.utils.text import slugify

    from kikite.accounts.models import Brand

    brand, _ = Brand.objects.get_or_create(slug=slugify(name)[:60], defaults={"name": name[:120]})
    return brand
