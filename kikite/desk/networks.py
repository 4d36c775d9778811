"""What the desk says of networks, by the names that the database keeps."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kikite.networks.registry import NAMES, network


def title(name: str) -> str:
    """A network's name as people write it; of one that is no longer here, its folder's name."""
    return _(network(name).title) if name in NAMES else name.title()
