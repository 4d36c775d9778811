"""The gate before the API: who is asking, may they ask now, and which fault strikes them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import permits
from .answers import refuse
from .buckets import Buckets
from .faults import Fault, Faults
from .refusal import Refusal
from .store import Store


class Gate:
    """Lets a request with a good token through to the API; `request.state` then says whose it is (`account`) and what
    its token may do (`scopes`)."""

    def __init__(self, app: ASGIApp, store: Store, faults: Faults, buckets: Buckets) -> None:
        self.app = app
        self.store = store
        self.faults = faults
        self.buckets = buckets
        self.down = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            account, scopes, on, told = self._admit(Request(scope))
        except Refusal as refusal:
            await refuse(refusal)(scope, receive, send)
            return
        scope.setdefault("state", {}).update(account=account, scopes=scopes)
        send = _with_headers(send, told)
        fault = self.faults.take(account["handle"], on)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "limit":
            await refuse(_limited(self.buckets.block(account["id"], on, fault.seconds)))(scope, receive, send)
        else:
            await self._strike(fault, scope, receive, send)

    def _admit(self, request: Request) -> tuple[sqlite3.Row, frozenset[str], str, dict[str, str]]:
        """Whose request it is, what it may do, "read" or "write", and what its answer says of the limits.

        Raises Refusal."""
        if self.down:
            raise Refusal(503, "unavailable", "The network is down.")
        found = permits.holder(self.store, request.headers.get("authorization", "").removeprefix("Bearer "))
        if found is None:
            raise _unauthorised()
        account, scopes = found
        on = "read" if request.method in ("GET", "HEAD") else "write"
        wait, told = self.buckets.take(account["id"], on)
        if wait:
            raise _limited(told)
        return account, scopes, on, told

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind.endswith("_after"):
            await self.app(scope, receive, _nowhere)
        if fault.kind == "late":
            await self.app(scope, await _held(receive, fault.seconds), send)
            return
        if fault.kind.startswith("hang"):
            await _until_gone(receive, fault.seconds)
        if fault.kind.startswith(("hang", "drop")):
            await _break(scope, receive)
        elif fault.kind == "nonsense":
            await Response(b"<html>\xff this is not JSON")(scope, receive, send)
        elif fault.kind == "unauthorised":
            await refuse(_unauthorised())(scope, receive, send)
        elif fault.kind == "unavailable":
            await refuse(Refusal(503, "unavailable", "The network is down."))(scope, receive, send)
        else:
            await refuse(Refusal(500, "broken", "Something broke."))(scope, receive, send)


def _unauthorised() -> Refusal:
    return Refusal(401, "unauthorised", "This token is not known, or has expired.", {"WWW-Authenticate": "Bearer"})


def _limited(told: Mapping[str, str]) -> Refusal:
    return Refusal(429, "rate_limited", f"Too many requests; come back in {told['Retry-After']} s.", told)


async def _nowhere(message: Message) -> None:
    """An answer that nobody gets."""


async def _held(receive: Receive, seconds: float) -> Receive:
    """The whole request, `seconds` later."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    await asyncio.sleep(seconds)

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return again


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the client hangs up, `seconds` at the most."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


async def _break(scope: Scope, receive: Receive) -> None:
    """Cut the connection without a word. Its transport is told by the protocol in `__main__`."""
    transport: asyncio.Transport = scope["state"]["transport"]
    transport.abort()
    await _until_gone(receive, 1)


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *raw]}
        await send(message)

    return sending
