"""What a channel's reader does between two polls: ask for what was only named, search for the listeners, look up names,
ask again what became of posts. All of it waits before anything more urgent does, and none of it troubles the
reading."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from kikite.channels.models import Channel, Listener
from kikite.networks.contract import Capabilities, Connection, NetworkTrouble, RateLimited, Unauthorised

from .abilities import able
from .asking import ask
from .profiles import look_up
from .receive import keep
from .sweeping import sweep

log = logging.getLogger(__name__)

SEARCH_EVERY = timedelta(seconds=60)
PAGES = 5  # of one search at a time: a busy listener leaves room to the others


def do(channel: Channel, link: Connection) -> None:
    """One round of everything. Raises Unauthorised, which concerns the reading too, and nothing else of a network's."""
    work: tuple[Callable[[Channel, Connection, Capabilities], object], ...] = (ask, look_up, search, sweep)
    for chore in work:
        try:
            chore(channel, link, able(channel))
        except Unauthorised:
            raise
        except RateLimited as limit:
            log.debug("%s %s: %s waits: %s", channel.network, channel.handle, chore.__name__, limit)
        except NetworkTrouble as trouble:
            log.info("%s %s: %s failed: %s", channel.network, channel.handle, chore.__name__, trouble)


def search(channel: Channel, link: Connection, can: Capabilities) -> None:
    """Ask for what fits the listeners whose turn it is; what was found becomes cases like everything else."""
    if "search" not in can.searches:
        return
    before = timezone.now() - SEARCH_EVERY
    due = Q(searched_at=None) | Q(searched_at__lt=before)
    for listener in channel.listeners.filter(due).order_by("searched_at"):
        _search(channel, link, listener)


def queries(channel: Channel) -> list[str]:
    """What the channel's listeners listen for."""
    return list(channel.listeners.order_by("pk").values_list("query", flat=True))


def listeners_say(channel: Channel, trouble: str) -> None:
    """Keep why listening failed, for whoever wrote the queries."""
    words = trouble.replace("\x00", "")[:1000]
    channel.listeners.update(trouble=words, searched_at=timezone.now())


def _search(channel: Channel, link: Connection, listener: Listener) -> None:
    trouble = ""
    try:
        for _ in range(PAGES):
            page = link.search(listener.query, listener.cursor)
            keep(channel, page.deliveries)
            more = page.more and page.cursor != listener.cursor
            listener.cursor = page.cursor
            if not more:
                break
    except (RateLimited, Unauthorised):
        raise
    except NetworkTrouble as error:
        trouble = str(error).replace("\x00", "")[:1000] or type(error).__name__
    Listener.objects.filter(pk=listener.pk).update(cursor=listener.cursor, searched_at=timezone.now(), trouble=trouble)
