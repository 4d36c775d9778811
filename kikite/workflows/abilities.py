"""What can be done with a channel."""

from __future__ import annotations

from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Capabilities


def able(channel: Channel) -> Capabilities:
    """What its network can do for its account, as far as the server told: no credentials are opened for that."""
    return registry.network(channel.network).able(vault.named(channel))
