"""JSON in and out, the same way for the API and its admin half."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .refusal import Refusal

BODY_BYTES = 32_000_000
type Handler = Callable[[Request], Awaitable[Response]]


def answer(data: object, status: int = 200) -> Response:
    return Response(orjson.dumps(data), status, media_type="application/json")


def refuse(refusal: Refusal) -> Response:
    body = orjson.dumps({"error": refusal.code, "message": refusal.sentence})
    return Response(body, refusal.status, refusal.headers, media_type="application/json")


def refusing(handler: Handler) -> Handler:
    """Turns a Refusal raised inside into its answer. Who hangs up in the middle of a request gets none."""

    @wraps(handler)
    async def handled(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return refuse(refusal)
        except ClientDisconnect:
            return Response(status_code=400)

    return handled


async def body(request: Request, limit: int = BODY_BYTES) -> bytes:
    """The raw body. Raises Refusal 413 as soon as it is longer than `limit` bytes."""
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > limit:
            raise Refusal(413, "invalid", f"At most {limit:,} bytes are taken at once.")
        chunks.append(chunk)
    return b"".join(chunks)


async def json_body(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refusal 400."""
    try:
        data = orjson.loads(await body(request) or b"{}")
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "invalid", f"The body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Refusal(400, "invalid", "The body is not a JSON object.")
    return data


def text(data: dict[str, Any], name: str, default: str = "") -> str:
    """A text field; absent and null are `default`. Raises Refusal 422."""
    value = data.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Refusal(422, "invalid", f"{name} is a text.")
    return value


def texts(data: dict[str, Any], name: str) -> list[str]:
    value = data.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal(422, "invalid", f"{name} is a list of texts.")
    return value


def number(request: Request, name: str, default: int, most: int = 2**62) -> int:
    """A number in the query, held between 0 and `most`. Raises Refusal 422."""
    value = request.query_params.get(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Refusal(422, "invalid", f"{name} is a number.")
    return min(int(value), most)
