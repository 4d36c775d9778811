"""Posting the feed to webhooks: in order, again until it is taken, several events to a call when they pile up."""

from __future__ import annotations

import asyncio
import http.client
import random
import sqlite3
from datetime import UTC, datetime
from urllib.parse import urlsplit

from . import feed, people
from .faults import Faults
from .signing import SIGNATURE, sign, wrap
from .store import Store

BATCH = 100  # events in one call at most
TIMEOUT = 10.0  # seconds that the receiver has, as on X
BACKOFF = (0.2, 30.0)  # seconds before the second attempt; the longest wait


class HookSender:
    """Runs as long as the server: one task for each account that has a webhook."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store = store
        self.faults = faults
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        fresh = asyncio.Event()
        with self.store.watched(fresh.set):
            try:
                while True:
                    fresh.clear()
                    self._start_missing()
                    await fresh.wait()
            finally:
                for task in self._tasks.values():
                    task.cancel()

    def _start_missing(self) -> None:
        for row in self.store.rows("SELECT id FROM account WHERE hook_url <> ''"):
            task = self._tasks.get(row["id"])
            if task is None or task.done():
                self._tasks[row["id"]] = asyncio.create_task(self._serve(row["id"]))

    async def _serve(self, key: int) -> None:
        """Hand over one account's events until its webhook is taken away."""
        fresh, caller, failures = asyncio.Event(), Caller(), 0
        with self.store.watched(fresh.set):
            while (account := people.by_id(self.store, key))["hook_url"]:
                fresh.clear()
                rows = feed.after(self.store, key, account["hook_sent"], BATCH)
                if not rows:
                    await fresh.wait()
                elif await self._hand_over(caller, account, rows):
                    failures = 0
                else:
                    failures += 1
                    await asyncio.sleep(min(BACKOFF[1], BACKOFF[0] * 2**failures) * random.uniform(0.5, 1))
        caller.close()

    async def _hand_over(self, caller: Caller, account: sqlite3.Row, rows: list[sqlite3.Row]) -> bool:
        events = [feed.event(row) for row in rows]
        fault = self.faults.take(account["handle"], "hook")
        kind = fault.kind if fault else ""
        if kind == "hook_shuffle":
            random.shuffle(events)
        if kind == "hook_stranger":
            events.append(b'{"id":"x%d","type":"x.unknown","at":"?","data":null}' % rows[-1]["id"])
        body = wrap(events, datetime.now(UTC))
        if kind == "hook_garbage":
            await asyncio.to_thread(caller.post, account, body[: len(body) // 2])
        taken = await asyncio.to_thread(caller.post, account, body)
        if taken and kind == "hook_duplicate":
            await asyncio.to_thread(caller.post, account, body)
        if taken:
            with self.store.writing() as db:
                db.execute("UPDATE account SET hook_sent = ? WHERE id = ?", (rows[-1]["id"], account["id"]))
        return taken


class Caller:
    """One kept-alive connection to one receiver. A full HTTP client would double what this process weighs."""

    def __init__(self) -> None:
        self._origin = ""
        self._connection: http.client.HTTPConnection | None = None

    def post(self, account: sqlite3.Row, body: bytes) -> bool:
        """True when the receiver answered 2xx. Called in a thread; one call at a time."""
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: sign(account["hook_secret"], body),
            "User-Agent": "practice-network",
        }
        try:
            url = urlsplit(account["hook_url"])
            connection = self._connect(url.scheme, url.netloc)
            connection.request("POST", url.path + (f"?{url.query}" if url.query else ""), body, headers)
            response = connection.getresponse()
            response.read(65_536)
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return False
        if response.will_close or not response.isclosed():
            self.close()
        return 200 <= response.status < 300

    def _connect(self, scheme: str, netloc: str) -> http.client.HTTPConnection:
        origin = f"{scheme}://{netloc}"
        if self._connection is None or self._origin != origin:
            self.close()
            kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
            self._origin, self._connection = origin, kind(netloc, timeout=TIMEOUT)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
