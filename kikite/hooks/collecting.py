"""Keeping what many calls bring at the same time in one transaction, so that each waits for a disk that others share.

While one transaction is being committed, the next calls gather; nothing waits on purpose. Nobody is answered before
the commit, so a process that dies loses nothing that it acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connections

from kikite.workflows.calls import Kept

# Rows that may wait. Beyond them callers are asked to come back: memory has an end, and networks call again.
MOST = 5_000
# Rows of one transaction, unless one call alone has more.
TOGETHER = 500

type Call = tuple[Sequence[Kept], asyncio.Future[None]]
type Write = Callable[[Sequence[Sequence[Kept]]], list[Exception | None]]


class Busy(Exception):
    """More waits than may; call again in a moment."""


class Collector:
    """For one event loop at a time. `write` keeps many calls; it runs in a thread of its own."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: list[Call] = []
        self._rows = 0
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hooks")

    async def keep(self, rows: Sequence[Kept]) -> None:
        """Returns once they are committed. Raises Busy, or what went wrong."""
        if self._rows + len(rows) > MOST and self._rows:
            raise Busy
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        self._rows += len(rows)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await done

    def close(self) -> None:
        """End the thread and its connection; nothing may be under way."""
        self._thread.submit(connections.close_all)  # those of that thread
        self._thread.shutdown()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            calls = self._next()
            try:
                outcomes = await loop.run_in_executor(self._thread, self._written, [rows for rows, _done in calls])
            except BaseException as error:
                outcomes = [error if isinstance(error, Exception) else Busy()] * len(calls)
            for (rows, done), outcome in zip(calls, outcomes, strict=True):
                self._rows -= len(rows)
                if done.cancelled():
                    continue
                if outcome is None:
                    done.set_result(None)
                else:
                    done.set_exception(outcome)

    def _next(self) -> list[Call]:
        """Those that came first, as many as go together."""
        rows = number = 0
        while number < len(self._waiting) and rows < TOGETHER:
            rows += len(self._waiting[number][0])
            number += 1
        calls, self._waiting = self._waiting[:number], self._waiting[number:]
        return calls

    def _written(self, calls: Sequence[Sequence[Kept]]) -> list[Exception | None]:
        close_old_connections()
        try:
            return self._write(calls)
        finally:
            close_old_connections()
