"""LINE: what people say to an official account, by webhook, and answers pushed to them. `docs/networks/line.md`."""

from kikite.networks.contract import Network

from .network import Line

network: Network = Line()

__all__ = ["network"]
