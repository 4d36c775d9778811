"""The practice network: a small social network of our own that a desk can be learnt and tested on.

`network` is its connector, held to the same contract suite as the others; `server.py` is the network itself.
"""

from .network import network

__all__ = ["network"]
