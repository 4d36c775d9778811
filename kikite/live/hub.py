"""What is pushed to open pages. One hub in each web process listens to the database's own notifications.

With fifty open inboxes and fifty changes a second, a fetch by each page for each change would be 2,500 requests a
second for the same few rows. So the hub does once, for all agents of a brand who read the same language, what each of
their pages would have done: it gathers the changed cases for a blink, renders their rows by the inbox's own template,
and hands the same text to all of them. An agent hears only of the brands that they work for; that is checked again
while the page stays open. The conversation of an open case is never pushed: its page is told the id and fetches it
through the ordinary, permission-checked view.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone

from kikite.accounts.models import Agent, Membership
from kikite.history import hearing
from kikite.history.recording import CHANGES

log = logging.getLogger(__name__)

type Render = Callable[[int, Sequence[int], Sequence[str]], dict[str, list[dict[str, Any]]]]
type Count = Callable[[int, Sequence[int]], dict[int, dict[str, Any]]]

GATHER = 0.03  # seconds in which changes are gathered into one rendering
COUNT_EVERY = 1.0
BREATHE = 15.0  # something is said at least this often, so that proxies and pages know the line is open
CHECK_AGENTS = 20.0
# A page that does not read for this many events is cut off and catches up when it connects again.
BACKLOG = 500


class Page:
    """One open page of one agent."""

    def __init__(self, agent: Agent, brands: set[int]) -> None:
        self.agent_id: int = agent.pk
        self.language = agent.language
        self.brands = brands
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)

    def push(self, event: bytes) -> None:
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.cut()

    def cut(self) -> None:
        """End the stream; the browser connects again and the page catches up."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """All open pages of this process. Starts listening with the first page."""

    def __init__(self) -> None:
        self.render: Render | None = None
        self.count: Count | None = None
        self._pages: set[Page] = set()
        self._changed: dict[int, set[int]] = defaultdict(set)
        self._uncounted: set[int] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._threads = ThreadPoolExecutor(2, "live")

    async def pages(self, page: Page) -> AsyncIterator[bytes]:
        """The events of one page, for as long as it is open."""
        self._start()
        self._pages.add(page)
        try:
            yield event("hello", {"at": timezone.now().isoformat()})
            while True:
                try:
                    item = await asyncio.wait_for(page.queue.get(), BREATHE)
                except TimeoutError:
                    item = event("breath", {})
                if item is None:
                    return
                yield item
        finally:
            self._pages.discard(page)

    def _start(self) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        if not self._tasks:
            self._wake = asyncio.Event()
            work = (self._listen, self._flush, self._count_on, self._check, self._breathe)
            self._tasks = [asyncio.create_task(self._for_ever(part)) for part in work]

    async def _for_ever(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception("pushing to open pages failed; beginning again")
                await asyncio.sleep(1)

    # --- hearing ---

    async def _listen(self) -> None:
        try:
            async with await psycopg.AsyncConnection.connect(**hearing.parameters(), autocommit=True) as ears:
                await ears.execute(f"LISTEN {CHANGES}")
                async for notice in ears.notifies():
                    self._hear(json.loads(notice.payload))
        finally:
            # Something may have gone unheard: every page begins again and catches up.
            for page in list(self._pages):
                page.cut()

    def _hear(self, change: dict[str, Any]) -> None:
        brand = change["brand"]
        if any(brand in page.brands for page in self._pages):
            self._changed[brand].update(change["cases"])
            self._wake.set()

    # --- telling ---

    async def _flush(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            changed, self._changed = self._changed, defaultdict(set)
            for brand, cases in changed.items():
                await self._tell(brand, sorted(cases))
            self._uncounted |= changed.keys()

    async def _tell(self, brand: int, cases: list[int]) -> None:
        """Each page gets both events as one piece: with fifty pages it is the pieces that cost."""
        ids = event("cases", {"brand": brand, "ids": cases})
        languages = sorted({page.language for page in self._audience(brand)})
        drawn = await self._in_thread(self.render, brand, cases, languages) if self.render else {}
        for language, rows in drawn.items():
            readers = [page for page in self._audience(brand) if page.language == language]
            self._push(readers, ids + event("rows", {"brand": brand, "rows": rows}))

    async def _count_on(self) -> None:
        while True:
            await asyncio.sleep(COUNT_EVERY)
            brands, self._uncounted = self._uncounted, set()
            for brand in brands:
                audience = self._audience(brand)
                counts = await self._in_thread(self._counts, brand, sorted({page.agent_id for page in audience}))
                for page in audience:
                    self._push([page], event("counts", {"brand": brand, **counts.get(page.agent_id, {})}))

    def _counts(self, brand: int, agents: Sequence[int]) -> dict[int, dict[str, Any]]:
        return self.count(brand, agents) if self.count and agents else {}

    def _audience(self, brand: int) -> list[Page]:
        return [page for page in self._pages if brand in page.brands]

    def _push(self, pages: Iterable[Page], events: bytes) -> None:
        for page in pages:
            page.push(events)

    async def _breathe(self) -> None:
        while True:
            await asyncio.sleep(BREATHE)
            self._push(self._pages, b": still here\n\n")

    # --- permissions ---

    async def _check(self) -> None:
        """Who was given or taken a brand, or may no longer sign in, is treated so without closing their page."""
        while True:
            await asyncio.sleep(CHECK_AGENTS)
            brands = await self._in_thread(brands_of, sorted({page.agent_id for page in self._pages}))
            for page in list(self._pages):
                page.brands = brands.get(page.agent_id, set())

    async def _in_thread[T](self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_connection, work, *arguments)


def brands_of(agents: Sequence[int]) -> dict[int, set[int]]:
    """The brands of each agent who may sign in."""
    found: dict[int, set[int]] = defaultdict(set)
    for agent, brand in Membership.objects.filter(agent__in=agents, agent__is_active=True).values_list(
        "agent", "brand"
    ):
        found[agent].add(brand)
    return found


def event(name: str, data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _with_connection[T](work: Callable[..., T], *arguments: Any) -> T:
    """Run database work in a thread and give the connection back to the pool."""
    try:
        return work(*arguments)
    finally:
        connection.close()


hub = Hub()


def register(*, rows: Render, counts: Count) -> None:
    """The desk says how rows are rendered and counted: by the very template and queries of its inbox."""
    hub.render = rows
    hub.count = counts
