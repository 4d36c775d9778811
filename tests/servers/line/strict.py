"""Requests checked against LINE's published description: a field that it does not know is refused, as is a wrong type.

The rules are those of `line/line-openapi` (messaging-api.yml) for what the connector uses, written out.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

ID = re.compile(r"[UCR][0-9a-f]{32}")
TEXT = 5000


class Refusal(Exception):
    """LINE's answer to a request that is wrong."""

    def __init__(self, status: int, message: str, details: list[dict[str, str]] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, **({"details": details} if details else {}), **more}

    def answer(self) -> JSONResponse:
        return JSONResponse(self.body, self.status, {"x-line-request-id": str(uuid.uuid4())})


def wrong(**fields: str) -> Refusal:
    """400 with the fields named as LINE names them."""
    details = [{"message": message, "property": name.replace("__", ".")} for name, message in fields.items()]
    return Refusal(400, f"The request body has {len(details)} error(s)", details)


async def body_of(request: Request, **fields: type) -> dict[str, Any]:
    """The JSON object of a request with these fields and no others."""
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise Refusal(415, "Unsupported media type")
    try:
        data = await request.json()
    except ValueError:
        raise Refusal(400, "The request body could not be parsed as JSON") from None
    if not isinstance(data, dict):
        raise Refusal(400, "The request body must be a JSON object")
    for name in data:
        if name not in fields:
            raise wrong(**{name: "Unknown property"})
    for name, kind in fields.items():
        if not isinstance(data.get(name), kind):
            raise wrong(**{name: "May not be empty"})
    return data


def text_message(data: Any, place: str) -> str:
    """The words of a message of type text."""
    if not isinstance(data, dict) or data.get("type") != "text":
        raise wrong(**{f"{place}.type": "Must be one of the following values: [text]"})
    unknown = data.keys() - {"type", "text", "emojis", "quoteToken", "sender", "quickReply"}
    if unknown:
        raise wrong(**{f"{place}.{min(unknown)}": "Unknown property"})
    text = data.get("text")
    if not isinstance(text, str) or not text:
        raise wrong(**{f"{place}.text": "May not be empty"})
    if len(text.encode("utf-16-le")) // 2 > TEXT:
        raise wrong(**{f"{place}.text": f"Length must be between 0 and {TEXT}"})
    return text


def retry_key(request: Request) -> str:
    key = request.headers.get("x-line-retry-key", "")
    if key and (not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", key)):
        raise Refusal(400, "The value of X-Line-Retry-Key is invalid")
    return key
