"""Facebook Pages: their public comments, and Messenger."""

from kikite.networks.contract import Network

from .network import Facebook

network: Network = Facebook()
