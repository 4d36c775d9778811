"""Mastodon: mentions, direct messages and replies over its API. `docs/networks/mastodon.md` tells its ways."""

from kikite.networks.contract import Network

from .network import Mastodon

network: Network = Mastodon()

__all__ = ["network"]
