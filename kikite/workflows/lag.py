"""How long what customers say takes to reach us, as the newest message of each channel tells."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db.models import Q

from kikite.channels.models import Channel
from kikite.networks.contract import Message

TELL_EVERY = 1.0  # seconds; and after a batch, so that intake waits for no row of a channel


class Lags:
    """What one reader of deliveries saw and did not write down yet."""

    def __init__(self) -> None:
        self._newest: dict[int, tuple[datetime, datetime]] = {}  # by channel: (written, received)
        self._told_at = 0.0

    def note(self, channel: Channel, thing: object, received_at: datetime) -> None:
        """Of a message that was said since the account was connected; older ones tell nothing of now."""
        if isinstance(thing, Message) and thing.at > channel.connected_at:
            seen = (thing.at, received_at)
            self._newest[channel.pk] = max(self._newest.get(channel.pk, seen), seen)

    def tell(self) -> None:
        """Write down what is newer than what the channels know."""
        if not self._newest or time.monotonic() - self._told_at < TELL_EVERY:
            return
        self._told_at = time.monotonic()
        newest, self._newest = self._newest, {}
        for pk, (written, received) in newest.items():
            older = Channel.objects.filter(Q(newest_at=None) | Q(newest_at__lt=written), pk=pk)
            older.update(newest_at=written, newest_lag=max(received - written, timedelta(0)))
