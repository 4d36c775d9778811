"""The networks that Kikite speaks: one line each. A folder is imported when its network is first used."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .contract import Network

NAMES = ("bluesky", "facebook", "instagram", "line", "mastodon", "practice", "x")


class UnknownNetwork(LookupError):
    """No folder of that name; the message lists those that there are."""


@cache
def network(name: str) -> Network:
    """The connector of that name."""
    if name not in NAMES:
        raise UnknownNetwork(f"no network {name!r}; there are {', '.join(NAMES)}")
    found: Network = import_module(f"kikite.networks.{name}").network
    return found


def networks() -> list[Network]:
    """All of them, in the order in which a page lists them."""
    return [network(name) for name in NAMES]
