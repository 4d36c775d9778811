"""Asking again what became of posts: not every network tells that its authors took them back.

The public messages of the last thirty days are asked about in turns, once a day (once a week where the network
charges), a batch at a time and after everything more urgent. What is gone is deleted by the ordinary delivery path.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from kikite.cases.models import Message
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Capabilities, Connection, Deletion, Delivery, Unreadable
from kikite.networks.contract import Message as Said

from .receive import keep

BACK = timedelta(days=30)
ROUND, PAID_ROUND = timedelta(days=1), timedelta(days=7)
STRIDE = 50_000  # ids looked through at once for messages of one channel


def sweep(channel: Channel, link: Connection, can: Capabilities) -> int:
    """Ask about the next batch; returns how many messages. Raises NetworkTrouble."""
    if not can.refreshes or not _is_time(channel, can):
        return 0
    batch = _next(channel, can.refreshes)
    if batch:
        keep(channel, _changed(channel, batch, link.refresh([message.key for message in batch])))
        channel.swept_to = batch[-1].pk
    Channel.objects.filter(pk=channel.pk).update(swept_to=channel.swept_to, swept_at=channel.swept_at)
    return len(batch)


def _is_time(channel: Channel, can: Capabilities) -> bool:
    """A round has begun, or the last one is long enough ago."""
    pause = PAID_ROUND if can.prices else ROUND
    return bool(channel.swept_to) or channel.swept_at is None or timezone.now() - channel.swept_at > pause


def _next(channel: Channel, most: int) -> list[Message]:
    """The messages after the last that was asked about; none when the round is over, which `channel` then says."""
    since = timezone.now() - BACK
    channel.swept_to = channel.swept_to or _first_after(since) - 1
    last = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    standing = Message.objects.filter(channel=channel.pk, deleted_at=None, posted_at__gt=since)
    standing = standing.exclude(visibility="private").order_by("pk")
    while channel.swept_to < last:
        found = list(standing.filter(pk__gt=channel.swept_to, pk__lte=channel.swept_to + STRIDE)[:most])
        if found:
            return found
        channel.swept_to += STRIDE
    channel.swept_to, channel.swept_at = 0, timezone.now()
    return []


def _first_after(since: datetime) -> int:
    """About the first message that reached us since then: ids rise with time, so it is found by halving."""
    ends = Message.objects.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = ends["low"] or 1, ends["high"] or 1
    while low < high:
        middle = (low + high) // 2
        at = Message.objects.filter(pk__gte=middle).order_by("pk").values_list("received_at", flat=True).first()
        if at is not None and at < since:
            low = middle + 1
        else:
            high = middle
    return low


def _changed(channel: Channel, batch: Sequence[Message], told: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries that say something new: a post is gone, or its words are others."""
    network = registry.network(channel.network)
    account = vault.named(channel)
    known = {message.key: message for message in batch}
    changed = []
    for delivery in told:
        try:
            things = network.translate(account, delivery.kind, delivery.body)
        except Unreadable:
            changed.append(delivery)  # kept, and set aside with the reason when it is read
            continue
        if any(_is_news(thing, known) for thing in things):
            changed.append(delivery)
    return changed


def _is_news(thing: object, known: dict[str, Message]) -> bool:
    if isinstance(thing, Deletion):
        return True
    if not isinstance(thing, Said) or thing.key not in known or thing.edited_at is None:
        return False
    kept = known[thing.key].edited_at
    return kept is None or thing.edited_at > kept
