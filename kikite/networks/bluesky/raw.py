"""The AT Protocol's JSON: its addresses, and what all networks share.

What a message cannot do without raises `Unreadable`; what only adorns it (facets, pictures, languages) is left out
when it is not what it should be, as every program on the network does.
"""

from __future__ import annotations

from ..contract import Unreadable
from ..raw import Json, an_object, clean, count, maybe_object, maybe_time, parse, web_address
from ..raw import maybe_objects as objects
from ..raw import maybe_text as text
from . import addresses
from .addresses import Address

__all__ = [
    "Json",
    "address",
    "an_object",
    "clean",
    "count",
    "did",
    "maybe_key",
    "maybe_object",
    "maybe_time",
    "objects",
    "parse",
    "text",
    "web_address",
]


def did(data: Json, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not addresses.is_did(value):
        raise Unreadable(f"{name} is no DID")
    return value


def address(data: Json, name: str) -> Address:
    found = addresses.parse(data.get(name))
    if found is None:
        raise Unreadable(f"{name} is no at-uri")
    return found


def maybe_key(data: Json, name: str) -> str:
    """The key of the post that an at-uri names, or ""."""
    found = addresses.parse(data.get(name))
    return str(found) if found else ""
