"""Trouble on demand, for the next so many requests of an app: what can go wrong between it and Meta."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .refusals import Refusal, limited

KINDS = {
    "limit": "the documented refusal of a used-up limit, with Retry-After in `seconds`",
    "hang_before": "no answer, nothing taken",
    "hang_after": "taken, and no answer",
    "unknown": "error 1, although it was taken",
    "busy": "error 2, nothing taken",
    "html": "200 with a page for people",
    "empty": "200 with nothing",
    "half": "200 with half of the answer",
    "types": "200 with every value of another type",
    "down": "500 with a page for people",
}
_BODIES = {"html": b"<!doctype html><title>Facebook</title>", "empty": b"", "down": b"<html>Sorry</html>"}
# Writes that customers see; uploads and batches are none.
_WRITES = ("feed", "comments", "replies", "mentions", "messages")


class Faults:
    def __init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []

    def add(self, kind: str, *, on: str = "write", next: int = 1, seconds: float = 60.0) -> None:
        assert kind in KINDS, f"a fault is one of {', '.join(KINDS)}"
        self._waiting.append({"kind": kind, "on": on, "left": next, "seconds": seconds})

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, request: Request) -> dict[str, Any] | None:
        on = "write" if request.method == "POST" and request.url.path.endswith(_WRITES) else "read"
        on = on if request.method in ("POST", "GET") else "write"
        for fault in self._waiting:
            if fault["on"] in (on, "any"):
                fault["left"] -= 1
                if fault["left"] <= 0:
                    self._waiting.remove(fault)
                return fault
        return None


async def strike(fault: dict[str, Any], request: Request, done: Response | None) -> Response:
    """What is answered instead; `done` is the answer to what was taken."""
    kind = fault["kind"]
    if kind == "limit":
        raise limited(fault["seconds"])
    if kind == "unknown":
        raise Refusal(1, "An unknown error has occurred.", status=500)
    if kind == "busy":
        raise Refusal(2, "An unexpected error has occurred. Please retry your request later.", status=500)
    if kind.startswith("hang"):
        while (await request.receive())["type"] != "http.disconnect":
            pass
    if kind == "half" and done is not None:
        body = bytes(done.body)
        return Response(body[: len(body) // 2], media_type="application/json")
    if kind == "types" and done is not None:
        return JSONResponse(_other(json.loads(bytes(done.body))))
    return Response(_BODIES.get(kind, b""), 500 if kind == "down" else 200, media_type="text/html")


def _other(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _other(one) for name, one in value.items()}
    return [value] if isinstance(value, str | int | float) else {"was": "a list"} if value else 0


TAKEN = frozenset({"hang_after", "unknown", "half", "html", "empty", "types"})
