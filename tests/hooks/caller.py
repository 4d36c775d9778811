"""A network that calls webhooks, by the very application that the web process serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from kikite.channels.models import Channel
from kikite.hooks.application import Hooks
from tests.workflows.calls import signed


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("a call of a webhook went on to the pages")


@dataclass
class Caller:
    """One web process. Calls that are made together arrive together."""

    app: Hooks = field(default_factory=lambda: Hooks(_nothing))

    def close(self) -> None:
        self.app.close()

    def post(self, channel: Channel, body: bytes, headers: dict[str, str] | None = None) -> int:
        return self.together([self.request(channel.hook, body, signed(body) if headers is None else headers)])[
            0
        ].status_code

    def get(self, channel: Channel, query: str = "") -> httpx.Response:
        return self.together([httpx.Request("GET", f"http://desk/hooks/{channel.hook}?{query}")])[0]

    def request(self, hook: str, body: bytes, headers: dict[str, str]) -> httpx.Request:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        return httpx.Request("POST", f"http://desk/hooks/{hook}", content=body, headers=raw)

    def together(self, requests: Sequence[httpx.Request]) -> list[httpx.Response]:
        async def calls() -> list[httpx.Response]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(cast("Any", self.app))) as client:
                return await asyncio.gather(*map(client.send, requests))

        return asyncio.run(calls())
