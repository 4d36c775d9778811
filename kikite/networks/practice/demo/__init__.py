"""Practice customers of Tsubame Air: who they are, what they say, and the engine that lets them act.

`BRAND` names the airline; a desk for it is set up through `/admin/brands` (see `server.py`).
"""

from .brand import BRAND

__all__ = ["BRAND"]
