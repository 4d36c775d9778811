"""Webhook to screen: from the POST of a post to its row in the page of an open inbox.

`kikite web` and `kikite worker` run as in production, one of each. Fifty inboxes are open: one in a real browser, 49
that read the stream of changes as a page does. A row's time is when the browser's page had it (a MutationObserver,
Date.now()); a post's is just before its request was written (time.time()): both are this machine's clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from kikite.project.children import READY

from .figures import Figure, at_most, percentile, plain, say, table
from .ground import Ground, python, rounds, working_on
from .posting import Poster

if TYPE_CHECKING:
    from playwright.async_api import Page

GOAL = 300.0  # milliseconds at the 99th percentile
INBOXES = 50
RATE = 50  # posts a second
SECONDS = 20
PATIENCE = 60.0  # seconds in which things start, and in which the last row has to come
DATABASE = "screen"
SECRET = "the practice network's secret of this benchmark"

# Notes when the row of each post is first there. The words of a post begin with its number.
_WATCH = """() => {
  window.seen = {};
  const note = (row, now) => {
    const number = /post (\\d+)/.exec(row.textContent)?.[1];
    if (number) window.seen[number] ??= now;
  };
  new MutationObserver((records) => {
    const now = Date.now();
    for (const record of records) for (const node of record.addedNodes) {
      const row = node.nodeType === 1 && node.closest(".row");
      if (row) note(row, now);
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""


@dataclass
class Round:
    """One round: milliseconds of every post that came, and how many did not."""

    latencies: list[float]
    missing: int
    events: int  # what the reader that heard least heard
    behind: float  # seconds that the posting itself was late at most


@dataclass
class Office:
    """What runs: the address of the desk, the webhook's path, and the session of every agent."""

    address: str
    hook: str
    sessions: list[str] = field(repr=False)


def run(ground: Ground) -> list[Figure]:
    """Run the desk once, and some rounds of posts against it; the medians of the rounds."""
    ground.create(DATABASE, "kikite")
    port = _free_port()
    with working_on(DATABASE):
        office = _office(f"http://127.0.0.1:{port}")
        with _desk(ground, port):
            done = asyncio.run(_rounds(office))
    ground.drop(DATABASE)
    figures = _figures(done)
    table(f"Webhook to screen: {RATE} posts a second for {SECONDS} s, {INBOXES} open inboxes", figures)
    return figures


def _figures(done: list[Round]) -> list[Figure]:
    def middle(share: float) -> float:
        return median(percentile(one.latencies, share) for one in done)

    missing, least = sum(one.missing for one in done), min(one.events for one in done)
    return [
        plain("POST to row, p50", middle(0.5), "ms"),
        plain("POST to row, p95", middle(0.95), "ms"),
        at_most("POST to row, p99", middle(0.99), GOAL, "ms"),
        plain("  the slowest of all", max(max(one.latencies) for one in done), "ms"),
        Figure("posts whose row never came", f"{missing}", "0", missing == 0),
        Figure("inboxes that heard nothing", "0" if least else "some", "0", least > 0),
        plain("posting itself was late by at most", max(one.behind for one in done) * 1000, "ms"),
    ]


# --- what runs --------------------------------------------------------------------------------------------------


def _office(address: str) -> Office:
    """A brand, its channel and its agents, all signed in; every second one reads Japanese."""
    from django.contrib.auth.hashers import make_password
    from django.test import Client

    from kikite.accounts.models import Agent, Brand, Membership
    from kikite.channels import vault
    from kikite.channels.models import Channel

    brand = Brand.objects.create(slug="air", name="Practice Air")
    channel = Channel.objects.create(
        brand=brand, network="practice", realm="practice", key="1", handle="air", name="Practice Air",
        base_url="http://127.0.0.1:1", secrets=vault.seal({"token": "none", "webhook_secret": SECRET}),
        settings={"webhook": True},
    )  # fmt: skip
    sessions, password = [], make_password(None)
    for number in range(INBOXES):
        agent = Agent.objects.create(
            email=f"agent{number}@example.invalid", name=f"Agent {number}", password=password,
            language="ja" if number % 2 else "en",
        )  # fmt: skip
        Membership.objects.create(agent=agent, brand=brand)
        client = Client(headers={"host": "localhost"})
        client.force_login(agent)
        sessions.append(client.cookies["sessionid"].value)
    return Office(address, f"/hooks/{channel.hook}", sessions)


@contextlib.contextmanager
def _desk(ground: Ground, port: int) -> Iterator[None]:
    environ = ground.environ(DATABASE) | {"KIKITE_URL": f"http://127.0.0.1:{port}", "PYTHONUNBUFFERED": "1"}
    commands = [python("kikite.project.cli", "web", "--port", str(port)), python("kikite.project.cli", "worker")]
    with (ground.folder / "desk.log").open("w+") as log:
        running = [subprocess.Popen(command, env=environ, stdout=log, stderr=subprocess.STDOUT) for command in commands]
        try:
            _wait(ground, running)
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(PATIENCE)


def _wait(ground: Ground, running: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while READY not in (said := (ground.folder / "desk.log").read_text()):
        if time.monotonic() > deadline or any(process.poll() is not None for process in running):
            raise RuntimeError(f"the desk does not start:\n{said}")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


# --- the rounds -------------------------------------------------------------------------------------------------


async def _rounds(office: Office) -> list[Round]:
    done = []
    async with _browser(office) as page:
        for number in range(rounds()):
            await asyncio.to_thread(_clear_the_queue)
            done.append(await _round(office, page, number))
            share = percentile(done[-1].latencies, 0.99)
            say(f"screen {number + 1}: p99 {share:.0f} ms, {done[-1].missing} missing")
    return done


def _clear_the_queue() -> None:
    """Every case of the round before is resolved, as if the agents had done it."""
    from django.db import connection
    from django.utils import timezone

    from kikite.cases.models import Case

    Case.objects.update(resolved_at=timezone.now(), state="resolved", waiting_since=None, unanswered=0)
    connection.close()


async def _round(office: Office, page: Page, number: int) -> Round:
    await page.goto(f"{office.address}/air/")
    await page.evaluate(_WATCH)
    async with _readers(office) as inboxes:
        poster = Poster(office.address, office.hook, SECRET, number * RATE * SECONDS)
        await poster.post(RATE, SECONDS)
        seen = await _seen(page, set(poster.sent))
    latencies = [seen[post] - at * 1000 for post, at in poster.sent.items() if post in seen]
    return Round(latencies, len(poster.sent) - len(latencies), min(inbox.heard for inbox in inboxes), poster.behind)


async def _seen(page: Page, posts: set[int]) -> dict[int, float]:
    """When each post's row was there, in milliseconds since 1970; waits until all are or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen = {int(post): at for post, at in (await page.evaluate("window.seen")).items()}
        if posts <= seen.keys() or time.monotonic() > deadline:
            return seen
        await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def _browser(office: Office) -> AsyncIterator[Page]:
    """The page of the first agent, in a window that shows the whole list's beginning."""
    from playwright.async_api import async_playwright

    from tests.journeys.browser import OPTIONS

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**OPTIONS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        await context.add_cookies([{"name": "sessionid", "value": office.sessions[0], "url": office.address}])
        try:
            yield await context.new_page()
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def _readers(office: Office) -> AsyncIterator[list[Inbox]]:
    """All agents but the first have their inbox open: connected, and told so."""
    host, _, port = office.address.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    inboxes = []
    try:
        for session in office.sessions[1:]:
            _, inbox = await loop.create_connection(lambda session=session: Inbox(host, session), host, int(port))  # type: ignore[misc]
            inboxes.append(inbox)
        await asyncio.wait_for(asyncio.gather(*(inbox.begun.wait() for inbox in inboxes)), PATIENCE)
        yield inboxes
    finally:
        for inbox in inboxes:
            inbox.close()


class Inbox(asyncio.Protocol):
    """Reads the stream as a page does, as cheaply as it can: the machine also runs what is measured."""

    def __init__(self, host: str, session: str) -> None:
        self.request = f"GET /live/stream HTTP/1.1\r\nHost: {host}\r\nCookie: sessionid={session}\r\n\r\n".encode()
        self.begun = asyncio.Event()
        self.heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.heard += data.count(b"event: rows")
        if not self.begun.is_set() and b"event: hello" in data:
            self.begun.set()

    def close(self) -> None:
        self.transport.close()
