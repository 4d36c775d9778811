"""Mastodon's JSON: lists whose elements keep the bytes that they came in, and what all networks share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kikite.networks.contract import Unreadable
from kikite.networks.raw import (
    Json,
    an_object,
    as_object,
    count,
    identifier,
    objects,
    optional_id,
    optional_time,
    parse,
    text,
    time,
    web_address,
)

__all__ = [
    "Json",
    "an_object",
    "as_object",
    "count",
    "identifier",
    "items",
    "objects",
    "optional_id",
    "optional_time",
    "parse",
    "text",
    "time",
    "web_address",
]

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


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
