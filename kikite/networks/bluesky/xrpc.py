"""Requests to one AT Protocol server, and what its answers mean.

Plain httpx instead of the `atproto` client: that one parses every answer into models (60 MB of them, 1.5 s to
import), so the raw JSON that a delivery must keep is gone, it bounds no whole request, and it folds "could not
connect" and "no answer" into one error, when the first certainly posted nothing and the second may have. Its decoders
are used where there is binary to decode (`firehose`), and the tests' customers post through it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call

from ..calling import USER_AGENT, origin, retry_after, since_1970
from ..contract import Budget, NetworkTrouble, RateLimited, Unauthorised, Unreachable
from .raw import Json

type Query = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of whatever status. `error` is the protocol's word for what is wrong, `said` the server's sentence."""

    status: int
    data: Json
    headers: httpx.Headers

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def error(self) -> str:
        return _text(self.data.get("error"))

    @property
    def said(self) -> str:
        if 300 <= self.status < 400:
            return f"the server sends us on to {self.headers.get('location', 'nowhere')[:300]}"
        return _text(self.data.get("message")) or self.error or f"the server answered {self.status}"


class Refusal(Exception):
    """The server understood a question and refuses it: no such record, no such handle, no such method."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.said)
        self.reply = reply


class Xrpc:
    """One server; for one thread at a time. `budget` is what its newest answer told of its limits."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self.budget: Budget | None = None
        self.origin = str(origin(base_url)).rstrip("/")
        self._client = httpx.Client(
            base_url=self.origin, headers={"User-Agent": USER_AGENT}, transport=DeadlineTransport(timeout)
        )

    def ask(
        self,
        method: str,
        query: Query | None = None,
        *,
        data: Json | bytes | None = None,
        post: bool = False,
        token: str = "",
        mime: str = "application/json",
    ) -> Reply:
        """Call `method`, by POST when it has `data` or is said to. Raises httpx.TransportError."""
        content = json.dumps(data, ensure_ascii=False).encode() if isinstance(data, dict) else data
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if content is not None:
            headers["Content-Type"] = mime
        request = self._client.build_request(
            "POST" if post or content is not None else "GET",
            f"/xrpc/{method}",
            params=query,
            content=content,
            headers=headers,
        )
        answer = call(self._client, request)
        self.budget = _budget(answer.headers) or self.budget
        return Reply(answer.status, _object(answer), answer.headers)

    def close(self) -> None:
        self._client.close()


def trouble(reply: Reply) -> NetworkTrouble | Refusal:
    """What an answer other than 200 means for somebody who only reads."""
    if reply.status == 429:
        return RateLimited(until(reply.headers), reply.said)
    if reply.status == 401 or reply.error in ("ExpiredToken", "InvalidToken", "AuthMissing"):
        return Unauthorised(reply.said)
    if reply.status >= 500 or reply.status < 400:
        return Unreachable(reply.said)
    return Refusal(reply)


def until(headers: httpx.Headers) -> datetime | None:
    """When a rate limit ends: RateLimit-Reset in seconds since 1970, else Retry-After in seconds."""
    return since_1970(headers.get("ratelimit-reset", "")) or retry_after(headers)


def _budget(headers: httpx.Headers) -> Budget | None:
    limit, remaining = headers.get("ratelimit-limit", ""), headers.get("ratelimit-remaining", "")
    resets_at = since_1970(headers.get("ratelimit-reset", ""))
    if not (limit.isdecimal() and remaining.isdecimal() and resets_at):
        return None
    return Budget(int(limit[:12]), int(remaining[:12]), resets_at)


def _object(answer: Answer) -> Json:
    """The answer's JSON object; what is none (a proxy's page) tells us nothing but its status."""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str:
    return value[:500] if isinstance(value, str) else ""
