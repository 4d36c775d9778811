"""Reading the server's JSON without trusting it: every accessor gives the asked type or raises `Unreadable`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kikite.networks.contract import Unreadable

from .plaintext import clean

type Json = dict[str, Any]

MAX_BODY = 8 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}", re.ASCII)  # numbers on Mastodon, ULIDs and the like elsewhere
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


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
    return as_object(value, "the body")


def items(body: bytes) -> Iterator[tuple[bytes, object]]:
    """Each element of a JSON array, with its bytes exactly as they came."""
    try:
        text = body.decode("utf-8")
        at = _skip(text, 0)
        if text[at : at + 1] != "[":
            raise Unreadable("not a JSON array")
        at = _skip(text, at + 1)
        while text[at : at + 1] != "]":
            value, end = _DECODER.raw_decode(text, at)
            yield text[at:end].encode(), value
            at = _skip(text, end)
            if text[at : at + 1] not in (",", "]"):
                raise Unreadable("not a JSON array")
            at = _skip(text, at + 1) if text[at] == "," else at
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors, and so is Unreadable
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


def count(data: Json, name: str) -> int | None:
    """A number of things; None where it is not told (or hidden: some servers say -1)."""
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def web_address(data: Json, name: str) -> str:
    """An http(s) address, or "": no other scheme ever reaches a page."""
    value = text(data, name)
    return value if value.startswith(("https://", "http://")) and len(value) <= 2048 else ""


def time(data: Json, name: str) -> datetime:
    moment = optional_time(data, name)
    if moment is None:
        raise Unreadable(f"{name} is missing")
    return moment


def optional_time(data: Json, name: str) -> datetime | None:
    value = data.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable(f"{name} is no time") from error
