"""`python -m tests.servers.line FILE PORT`: serves; the admin's key stands in LINE_ADMIN."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from . import admin, api
from .state import State


def app(state: State, key: str) -> Starlette:
    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(admin.delivering(state))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return Starlette(routes=[*api.routes(state), *admin.routes(state, key)], lifespan=life)


if __name__ == "__main__":
    served = app(State(Path(sys.argv[1])), os.environ["LINE_ADMIN"])
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", server_header=False)
