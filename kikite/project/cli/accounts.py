"""`kikite channels list`: the connected accounts, and how they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kikite.project.cli import ground

if TYPE_CHECKING:
    from kikite.channels.models import Channel


type Row = tuple[str, str, str, str, str, str, str]


def show() -> None:
    """One line a channel: its number, brand, network, handle, state, when it was read last, what waits unread."""
    with ground.django():
        from django.db.models import Count

        from kikite.channels.models import Channel, Delivery

        channels = Channel.objects.select_related("brand").order_by("brand__name", "id")
        waiting = Delivery.objects.filter(read_at=None, set_aside_at=None).values_list("channel")
        unread = dict(waiting.annotate(number=Count("id")))
        rows: list[Row] = [("", "brand", "network", "account", "state", "read", "unread")]
        rows += [_row(channel, unread.get(channel.pk, 0)) for channel in channels]
        if len(rows) == 1:
            print(
                "No channel is connected. Connect one on the desk, or by: kikite channels connect NETWORK --brand NAME"
            )
            return
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(channel: Channel, unread: int) -> Row:
    brand, read = str(channel.brand), _ago(channel.last_read_at)
    return str(channel.pk), brand, channel.network, channel.handle, _state(channel), read, str(unread)


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
