"""`kikite channels`: the connected accounts, and connecting one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from kikite.project.cli import ground
from kikite.project.problems import Problem

if TYPE_CHECKING:
    from kikite.accounts.models import Brand
    from kikite.channels.models import Channel
    from kikite.networks.contract import Field, Network


type Row = tuple[str, str, str, str, str, str]


def show() -> None:
    """One line a channel: brand, network, handle, state, when it was read last, what waits unread."""
    with ground.django():
        from django.db.models import Count

        from kikite.channels.models import Channel, Delivery

        channels = Channel.objects.select_related("brand").order_by("brand__name", "id")
        waiting = Delivery.objects.filter(read_at=None, set_aside_at=None).values_list("channel")
        unread = dict(waiting.annotate(number=Count("id")))
        rows: list[Row] = [("brand", "network", "account", "state", "read", "unread")]
        rows += [_row(channel, unread.get(channel.pk, 0)) for channel in channels]
        if len(rows) == 1:
            print("No channel is connected. Connect one on the desk, or by: kikite channels add NETWORK --brand NAME")
            return
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(channel: Channel, unread: int) -> Row:
    brand, read = str(channel.brand), _ago(channel.last_read_at)
    return brand, channel.network, channel.handle, _state(channel), read, str(unread)


def _state(channel: Channel) -> str:
    if channel.disconnected_at:
        return "disconnected"
    if channel.unauthorised_at:
        return "must be connected again"
    return channel.trouble or "connected"


def _ago(at: datetime | None) -> str:
    if at is None:
        return "never"
    seconds = (datetime.now(UTC) - at).total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s ago"
    return f"{seconds / 60:.0f} min ago" if seconds < 7200 else f"{seconds / 3600:.0f} h ago"


def add(network_name: str, brand_name: str, given: list[str]) -> None:
    """Connect an account; asks for what was not given. Raises Problem when the network does not take it."""
    values = dict(_pair(text) for text in given)
    with ground.django():
        from kikite.networks.registry import UnknownNetwork, network
        from kikite.workflows.connecting import CannotConnect, connect

        try:
            chosen = network(network_name)
            _ask(chosen, values)
            channel = connect(_brand(brand_name), None, network_name, values.get("base_url", ""), values)
        except (UnknownNetwork, CannotConnect) as error:
            raise Problem(str(error.args[0])) from None
        print(f"{channel.handle} on {chosen.title} is connected for {channel.brand}. The workers read it from now on.")


def renew() -> None:
    """Encrypt every channel's credentials with the first key. Raises Problem when some open with none of the keys."""
    with ground.django():
        from django.conf import settings
        from django.db import transaction

        from kikite.channels.models import Channel
        from kikite.lib.secrets import Box, CannotDecrypt

        box = Box(settings.ENCRYPTION_KEYS)
        with transaction.atomic():
            channels = Channel.objects.exclude(secrets=b"").select_for_update()
            for channel in channels:
                try:
                    channel.secrets = box.renew(bytes(channel.secrets))
                except CannotDecrypt:
                    raise Problem(
                        f"{channel.handle} on {channel.network}: none of the keys opens it. Nothing was changed."
                    ) from None
            Channel.objects.bulk_update(channels, ["secrets"])
        print(f"{len(channels)} channels are encrypted with the first key now.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--field")
    return name, value


def _ask(network: Network, values: dict[str, str]) -> None:
    unknown = values.keys() - {field.name for field in network.ways[0].fields}
    if unknown:
        known = ", ".join(field.name for field in network.ways[0].fields)
        raise typer.BadParameter(
            f"{network.title} has no {', '.join(sorted(unknown))}; it has {known}", param_hint="--field"
        )
    for field in network.ways[0].fields:
        if field.name not in values:
            values[field.name] = _prompt(field)


def _prompt(field: Field) -> str:
    default = field.default or (None if field.required else "")
    if field.help:
        print(field.help)
    answer: str = typer.prompt(field.label, default=default, hide_input=field.secret, show_default=bool(default))
    return answer


def _brand(name: str) -> Brand:
    from django.utils.text import slugify

    from kikite.accounts.models import Brand

    brand, _ = Brand.objects.get_or_create(slug=slugify(name)[:60], defaults={"name": name[:120]})
    return brand
