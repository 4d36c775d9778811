"""Instagram, by the Instagram API with Instagram Login: comments, mentions and direct messages."""

from kikite.networks.contract import Network

from .network import Instagram

network: Network = Instagram()
