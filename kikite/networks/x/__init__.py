"""X: posts, mentions, direct messages and search over its API v2. `docs/networks/x.md` tells its ways."""

from kikite.networks.contract import Network

from .network import X

network: Network = X()

__all__ = ["network"]
