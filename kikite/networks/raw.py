"""Reading a network's JSON without trusting it.

What a message cannot do without raises `Unreadable`; accessors named `maybe_…` leave out what only adorns it when it
is not what it should be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from .contract import Unreadable

# A JSON object as it came.
type Json = dict[str, Any]

MAX_BODY = 8 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(body: bytes) -> Json:
    """The JSON object in `body`."""
    return as_object(value_of(body), "the body")


def value_of(body: bytes) -> object:
    """The JSON value in `body`."""
    if len(body) > MAX_BODY:
        raise Unreadable(f"larger than {MAX_BODY} bytes")
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from error


def items(body: bytes) -> Iterator[tuple[bytes, object]]:
    """Each element of a JSON array, with its bytes exactly as they came."""
    return _elements(_text(body), "[", "]")


def members(body: bytes) -> Iterator[tuple[str, bytes, object]]:
    """Each name of a JSON object with its value, and the value's bytes exactly as they came."""
    name = ""
    for position, (raw, value) in enumerate(_elements(_text(body), "{", "}")):
        if position % 2:
            yield name, raw, value
        elif isinstance(value, str):
            name = value
        else:
            raise Unreadable("not a JSON object")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error.reason} at byte {error.start}") from error


def _elements(text: str, opening: str, closing: str) -> Iterator[tuple[bytes, object]]:
    """The values inside of brackets. Of an object, names and values in turn."""
    between = "," if opening == "[" else ",:"
    try:
        at = _skip(text, 0)
        if text[at : at + 1] != opening:
            raise Unreadable(f"does not begin with {opening}")
        at = _skip(text, at + 1)
        while text[at : at + 1] != closing:
            value, end = _DECODER.raw_decode(text, at)
            yield text[at:end].encode(), value
            at = _skip(text, end)
            if text[at : at + 1] not in (*between, closing):
                raise Unreadable("not JSON: a comma is missing")
            at = _skip(text, at + 1) if text[at] != closing else at
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:  # JSONDecodeError is one, and so is Unreadable
        raise Unreadable(str(error)) from error


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def as_object(value: object, what: str) -> Json:
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is no object")
    return value


def an_object(data: Json, name: str) -> Json:
    return as_object(data.get(name), name)


def objects(data: Json, name: str) -> list[Json]:
    """A list of objects; missing or null is an empty one."""
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"{name} is no list")
    return [as_object(element, f"an element of {name}") for element in value]


def text(data: Json, name: str) -> str:
    """A text that may be missing or null ("" then)."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is no text")
    return clean(value)


def identifier(value: object, what: str = "id") -> str:
    """An id. It goes into addresses and keys, so it holds nothing that means something there."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**30 else ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unreadable(f"{what} is no id")
    return value


def optional_id(data: Json, name: str) -> str:
    value = data.get(name)
    return "" if value is None else identifier(value, name)


def time(data: Json, name: str) -> datetime:
    moment = optional_time(data, name)
    if moment is None:
        raise Unreadable(f"{name} is missing")
    return moment


def optional_time(data: Json, name: str) -> datetime | None:
    """An ISO 8601 time in UTC; None where none is told."""
    value = data.get(name)
    if value is None:
        return None
    moment = _moment(value)
    if moment is None:
        raise Unreadable(f"{name} is no time")
    return moment


def epoch(data: Json, name: str, per_second: int = 1) -> datetime:
    """A time told in seconds since 1970, or in so many parts of one (1000: milliseconds), as a number or as digits."""
    value = data.get(name)
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        value = int(value[:18])
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Unreadable(f"{name} is no time")
    try:
        return datetime.fromtimestamp(value / per_second, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"{name} is no time") from error


# --- what may be missing or wrong ---


def maybe_object(data: Json, *path: str) -> Json:
    """The object at the end of `path`; an empty one where there is none."""
    for name in path:
        value = data.get(name)
        if not isinstance(value, dict):
            return {}
        data = value
    return data


def maybe_objects(data: Json, name: str) -> list[Json]:
    """The objects in a list; what is no list holds none."""
    value = data.get(name)
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


def maybe_text(data: Json, name: str) -> str:
    """A text, or ""."""
    value = data.get(name)
    return clean(value) if isinstance(value, str) else ""


def maybe_id(data: Json, name: str) -> str:
    """An id, or ""."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def maybe_time(data: Json, name: str) -> datetime | None:
    """A time in UTC; None where none is told or where it is none that a calendar has."""
    return _moment(data.get(name))


def count(data: Json, name: str) -> int | None:
    """A number of things or a size; None where it is not told (or hidden: some servers say -1)."""
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def web_address(data: Json, name: str) -> str:
    """An http(s) address, or "": no other scheme ever reaches a page."""
    value = maybe_text(data, name)
    return value if value.startswith(("https://", "http://")) and len(value) <= 2048 else ""


def clean(value: str) -> str:
    """Without NUL, and U+FFFD for half of a surrogate pair, as no database takes them."""
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", value)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None
