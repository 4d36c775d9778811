"""What the desk says of networks, by the names that the database keeps."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kikite.networks.contract import Way
from kikite.networks.registry import NAMES, network


def title(name: str) -> str:
    """A network's name as people write it; of one that is no longer here, its folder's name."""
    return _(network(name).title) if name in NAMES else name.title()


def ways(name: str) -> tuple[Way, ...]:
    """The ways to connect an account of that network; none of one that is no longer here."""
    return network(name).ways if name in NAMES else ()
