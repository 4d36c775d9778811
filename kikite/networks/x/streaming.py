"""The activity stream: the events that webhooks bring, over a connection that we open. One for all accounts of an app:
each channel's reader keeps what is its own account's."""

from __future__ import annotations

from collections.abc import Iterator

from kikite.networks.contract import Delivery, NetworkTrouble, Unauthorised, Unreachable, Unreadable, Urgency

from . import hooks, limits, subscribing
from .api import Api
from .lines import follow, problem_in
from .refreshing import refresh


def stream(api: Api, timeout: float) -> Iterator[Delivery | None]:
    """Runs until the stream breaks, or there is none for this app or now (Unreachable: the channel is polled), or the
    account's credentials end (Unauthorised)."""
    try:
        yield from _events(api, timeout)
    except (Unauthorised, Unreachable):
        raise
    except NetworkTrouble as trouble:
        raise Unreachable(f"no stream: {trouble}") from trouble


def _events(api: Api, timeout: float) -> Iterator[Delivery | None]:
    me = api.me
    subscribing.ensure(api, "")
    for line in follow(api, "/2/activity/stream", limits.ACTIVITY, {}, timeout, Urgency.CATCHING_UP):
        if line is None:
            yield None
            continue
        if words := problem_in(line):
            raise Unreachable(words)
        delivery = _opened(line)
        if delivery is not None and delivery.account in ("", me):
            yield _whole(api, delivery)


def _opened(line: bytes) -> Delivery | None:
    """The event; None for a line that is none: what passes on a stream cannot be set aside for somebody."""
    try:
        return hooks.delivery(line)
    except Unreadable:
        return None


def _whole(api: Api, delivery: Delivery) -> Delivery:
    """A post that came without its author or its pictures is asked for, which costs nothing more on the same day."""
    if not delivery.key.endswith(":bare"):
        return delivery
    try:
        key = delivery.key.split(":")[1]
        found = [state.delivery for state in refresh(api, [key]) if state.version]
        return found[0] if found else delivery
    except NetworkTrouble:
        return delivery
