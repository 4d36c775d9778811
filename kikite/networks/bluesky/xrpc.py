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

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call

from ..calling import USER_AGENT, origin
from ..contract import Forbidden, Meter, NetworkTrouble, RateLimited, Unauthorised, Unreachable
from .limits import Limits, until
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
    def unprivileged(self) -> bool:
        """The session is good but not for this: its app password was made without access to direct messages."""
        return self.error == "InvalidToken" and self.said.startswith("Bad token ")

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
    """One server, for `account`; for one thread at a time."""

    def __init__(self, base_url: str, timeout: float, meter: Meter, account: str) -> None:
        self.origin = str(origin(base_url)).rstrip("/")
        self._client = httpx.Client(
            base_url=self.origin, headers={"User-Agent": USER_AGENT}, transport=DeadlineTransport(timeout)
        )
        self.limits = Limits(meter, self.origin, account)

    def ask(
        self,
        method: str,
        query: Query | None = None,
        *,
        data: Json | bytes | None = None,
        post: bool = False,
        token: str = "",
        mime: str = "application/json",
        proxy: str = "",
    ) -> Reply:
        """Call `method`, by POST when it has `data` or is said to; the server hands it on to the service `proxy`.

        Raises httpx.TransportError, and RateLimited when nothing was sent because the limit is spent.
        """
        self.limits.ask(method)
        content = json.dumps(data, ensure_ascii=False).encode() if isinstance(data, dict) else data
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if content is not None:
            headers["Content-Type"] = mime
        if proxy:
            headers["atproto-proxy"] = proxy
        request = self._client.build_request(
            "POST" if post or content is not None else "GET",
            f"/xrpc/{method}",
            params=query,
            content=content,
            headers=headers,
        )
        answer = call(self._client, request)
        self.limits.told(method, answer.status, answer.headers)
        return Reply(answer.status, _object(answer), answer.headers)

    def close(self) -> None:
        self._client.close()


def trouble(reply: Reply) -> NetworkTrouble | Refusal:
    """What an answer other than 200 means for somebody who only reads."""
    if reply.status == 429:
        return RateLimited(until(reply.headers), reply.said)
    if reply.unprivileged:
        return Forbidden("this app password may not read direct messages: make one that may")
    if reply.status == 401 or reply.error in ("ExpiredToken", "InvalidToken", "AuthMissing"):
        return Unauthorised(reply.said)
    if reply.status >= 500 or reply.status < 400:
        return Unreachable(reply.said)
    return Refusal(reply)


def _object(answer: Answer) -> Json:
    """The answer's JSON object; what is none (a proxy's page) tells us nothing but its status."""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str:
    return value[:500] if isinstance(value, str) else ""
