"""Broken answers: a whole one as a network might send it that is not itself (`tests.contract.stage.Stage.garble`)."""

from __future__ import annotations

import json
from typing import Any

JSON = "application/json"


def garbled(how: str, status: int, body: bytes) -> tuple[int, str, bytes]:
    """(status, media type, body) of an answer that was made, as it arrives; `how` in the words of the stage."""
    match how:
        case "html":
            return 200, "text/html", b"<!doctype html><title>Sorry</title>"
        case "empty":
            return 200, JSON, b""
        case "half":
            return status, JSON, body[: len(body) // 2]
        case "types":
            return status, JSON, json.dumps(_turned(json.loads(body or b"{}"))).encode()
        case "error" | "error_after":
            return 500, "text/plain", b"oops"
        case _:
            return status, JSON, body


def _turned(value: Any) -> Any:
    """The same names with values of other types."""
    if isinstance(value, dict):
        return {name: _turned(one) for name, one in value.items()}
    return [value] if isinstance(value, str) else "seven" if isinstance(value, int) else {"was": "a list"}
