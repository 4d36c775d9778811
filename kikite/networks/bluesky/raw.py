"""Reading the network's JSON without trusting it.

What a message cannot do without raises `Unreadable`; what only adorns it (facets, pictures, languages) is left out
when it is not what it should be, as every program on the network does.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from ..contract import Unreadable
from . import addresses
from .addresses import Address

# A JSON object as it came.
type Json = dict[str, Any]

MAX_BODY = 8 * 1024 * 1024
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(body: bytes) -> Json:
    """The JSON object in `body`."""
    if len(body) > MAX_BODY:
        raise Unreadable(f"larger than {MAX_BODY} bytes")
    try:
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def an_object(data: Json, name: str) -> Json:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is no object")
    return value


def maybe_object(data: Json, *path: str) -> Json:
    """The object at the end of `path`; an empty one where there is none."""
    for name in path:
        value = data.get(name)
        if not isinstance(value, dict):
            return {}
        data = value
    return data


def objects(data: Json, name: str) -> list[Json]:
    """The objects in a list; what is no list holds none."""
    value = data.get(name)
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


def text(data: Json, name: str) -> str:
    """A text, or "": without NUL, and U+FFFD for half of a surrogate pair, as no database takes them."""
    value = data.get(name)
    return clean(value) if isinstance(value, str) else ""


def clean(value: str) -> str:
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", value)


def whole(data: Json, name: str) -> int | None:
    """A whole number that is a count or a size; None where it is not told."""
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def web_address(data: Json, name: str) -> str:
    """An http(s) address, or "": no other scheme ever reaches a page."""
    value = text(data, name)
    return value if value.startswith(("https://", "http://")) and len(value) <= 2048 else ""


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


def maybe_time(data: Json, name: str) -> datetime | None:
    """A time in UTC; None where none is told or where it is none that a calendar has."""
    value = data.get(name)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None
