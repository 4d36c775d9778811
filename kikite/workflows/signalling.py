"""Showing the customer of a private conversation that somebody reads and writes.

Only while an agent writes to them: a mark of having read, without an answer, is worse than none. What is not shown in
time is not shown at all, so nothing is kept and nothing is tried again.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.db import connection

from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Author, NetworkTrouble, Signal

from . import renewing
from .metering import ChannelMeter
from .replying import Answering

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that a signal may take
WAITING = 20  # signals that may wait before new ones are dropped

_pool = ThreadPoolExecutor(2, thread_name_prefix="signals")
_room = BoundedSemaphore(WAITING)


def writing(way: Answering) -> bool:
    """An agent is writing privately; returns whether anything is shown of it. Does not wait for the network."""
    message, profile = way.message, way.message.profile
    signals = sorted(way.capabilities.signals)
    if not (message.private and profile and signals):
        return False
    if not _room.acquire(blocking=False):
        return False
    to = Author(profile.key, profile.handle, profile.name)
    shown = _pool.submit(_show, way.channel, to, message.thread, signals, time.monotonic())
    shown.add_done_callback(lambda _: _room.release())
    return True


def _show(channel: Channel, to: Author, thread: str, signals: list[Signal], asked_at: float) -> None:
    if time.monotonic() - asked_at > PATIENCE:
        return
    try:
        account, meter = renewing.fresh(channel, PATIENCE), ChannelMeter(channel)
        with registry.network(channel.network).connect(account, timeout=PATIENCE, meter=meter) as line:
            for signal in signals:
                line.signal(to, thread, signal)
    except NetworkTrouble as trouble:
        log.info("%s %s: not shown that we write: %s", channel.network, channel.handle, trouble)
    except Exception:
        log.exception("the connector of %s failed in a signal", channel.network)
    finally:
        connection.close()  # of this thread, which may have renewed access or met a limit
