"""The gate before the API: who is asking, may they ask now, and which fault strikes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import people
from .answers import refuse
from .buckets import Buckets
from .faults import Fault, Faults
from .refusal import Refusal
from .store import Store


class Gate:
    """Lets a request with a good token through to the API; `request.state.account` is then whose it is."""

    def __init__(self, app: ASGIApp, store: Store, faults: Faults, buckets: Buckets) -> None:
        self.app = app
        self.store = store
        self.faults = faults
        self.buckets = buckets
        self.down = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        if self.down:
            return await refuse(Refusal(503, "unavailable", "The network is down."))(scope, receive, send)
        account = people.by_token(self.store, request.headers.get("authorization", "").removeprefix("Bearer "))
        if account is None:
            return await refuse(_unauthorised())(scope, receive, send)
        on = "read" if request.method in ("GET", "HEAD") else "write"
        wait, told = self.buckets.take(account["id"], on)
        if wait:
            return await refuse(_limited(told))(scope, receive, send)
        scope.setdefault("state", {})["account"] = account
        send = _with_headers(send, told)
        fault = self.faults.take(account["handle"], on)
        if fault is None:
            return await self.app(scope, receive, send)
        if fault.kind == "limit":
            told = self.buckets.block(account["id"], on, fault.seconds)
            return await refuse(_limited(told))(scope, receive, send)
        await self._strike(fault, scope, receive, send)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind.endswith("_after"):
            await self.app(scope, receive, _nowhere)
        if fault.kind.startswith("hang"):
            await _until_gone(receive, fault.seconds)
        if fault.kind.startswith(("hang", "drop")):
            return _break(scope)
        if fault.kind == "nonsense":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            return await send({"type": "http.response.body", "body": b"<html>\xff not JSON"})
        refusals = {
            "unavailable": Refusal(503, "unavailable", "The network is down."),
            "unauthorised": _unauthorised(),
        }
        refusal = refusals.get(fault.kind, Refusal(500, "broken", "Something broke."))
        await refuse(refusal)(scope, receive, send)


def _unauthorised() -> Refusal:
    return Refusal(401, "unauthorised", "This token is not known, or has expired.", {"WWW-Authenticate": "Bearer"})


def _limited(told: Mapping[str, str]) -> Refusal:
    return Refusal(429, "rate_limited", f"Too many requests; come back in {told['Retry-After']} s.", told)


async def _nowhere(message: Message) -> None:
    """An answer that nobody gets."""


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the client hangs up, `seconds` at the most."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def _break(scope: Scope) -> None:
    """Cut the connection without a word (see `serving.Protocol`)."""
    transport: asyncio.Transport | None = scope["state"].get("transport")
    if transport is not None:
        transport.abort()


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *raw]}
        await send(message)

    return sending
