"""The desk as an agent's hands feel it, in Chromium with a million cases behind it: from a key to the next case, the
first paint of the inbox in a fresh browser, typing while everything changes, and how much script the page loads.

A key's time runs from its keydown event to the frame in which the next case's name stands painted, by the page's own
clock (performance.now(), two animation frames). Agents read a case before they press the next key, here for READS.
"""

from __future__ import annotations

import gzip
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from .figures import Figure, at_most, percentile, plain, say, table
from .fill import fill
from .ground import Ground, rounds, working_on

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CASES = 1_000_000
STEPS = 40  # key presses in one round
READS = 400  # milliseconds in which an agent looks at a case
KEY_GOAL = 100.0  # milliseconds at the 95th percentile
PAINT_GOAL = 500.0  # milliseconds
SCRIPT_GOAL = 60.0  # kilobytes, compressed
CHANGES = 20  # a second, while somebody types
WORDS = "Sorry, that is no use to you at all. I am looking for a later one, two minutes. " * 3
SCRIPTS = Path(__file__).resolve().parents[2] / "kikite/desk/static/desk/js"
DATABASE = "hands"

# Resolves with the milliseconds from the next j to the painted name of another case.
_PRESS = """() => new Promise((done) => {
  const before = document.querySelector("#head h1")?.textContent;
  addEventListener("keydown", () => {
    const begun = performance.now();
    const look = () => {
      const now = document.querySelector("#head h1")?.textContent;
      const painted = () => requestAnimationFrame(() => done(performance.now() - begun));
      requestAnimationFrame(now && now !== before ? painted : look);
    };
    look();
  }, { once: true, capture: true });
})"""
_SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
  }).observe({ type: "layout-shift" });
}"""
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def run(ground: Ground) -> list[Figure]:
    """Fill a database, serve it by one web process, and let a browser work on it."""
    from playwright.sync_api import sync_playwright

    from tests.desk.serving import serving
    from tests.journeys.browser import OPTIONS

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"  # Playwright keeps a loop in this thread
    cases = int(os.environ.get("KIKITE_BENCH_CASES", CASES))
    ground.create(DATABASE, "kikite")
    with working_on(DATABASE):
        fill(ground.address(DATABASE), cases, datetime.now(UTC))
        from django.db import connection

        with serving(connection.settings_dict) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(**OPTIONS)
            figures = _measured(browser, address)
            browser.close()
    ground.drop(DATABASE)
    table(f"At the desk: one agent in Chromium, {cases:,} cases", figures)
    return figures


def _measured(browser: Browser, address: str) -> list[Figure]:
    keys, paints = list[list[float]](), list[float]()
    for number in range(rounds()):
        with _opened(browser, address) as page:
            paint = page.evaluate(_PAINT)
            assert paint is not None, "nothing was painted"
            paints.append(paint)
            keys.append(_steps(page))
        say(f"hands {number + 1}: first paint {paints[-1]:.0f} ms, keys p95 {percentile(keys[-1], 0.95):.0f} ms")
    with _opened(browser, address) as page:
        dropped, shifted = _typing(page)
    script = _script()
    return [
        plain("key to the next case painted, p50", median(percentile(one, 0.5) for one in keys), "ms"),
        at_most("key to the next case painted, p95", median(percentile(one, 0.95) for one in keys), KEY_GOAL, "ms"),
        at_most("inbox, first paint in a fresh browser", median(paints), PAINT_GOAL, "ms"),
        at_most("own script of the page, compressed", script, SCRIPT_GOAL, "KB"),
        Figure(f"keys dropped at {CHANGES} live changes a second", str(dropped), "0", dropped == 0),
        Figure("layout shift by live changes", f"{shifted:.4f}", "0", shifted < 0.0001),
    ]


@contextmanager
def _opened(browser: Browser, address: str) -> Iterator[Page]:
    """The queue, in a browser that was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": _session(), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/{_slug()}/")
    page.wait_for_selector("html[data-ready][data-live]")
    yield page
    context.close()


def _session() -> str:
    from django.test import Client

    from kikite.accounts.models import Agent

    client = Client(headers={"host": "localhost"})
    client.force_login(Agent.objects.order_by("pk")[0])
    return client.cookies["sessionid"].value


def _slug() -> str:
    from kikite.accounts.models import Brand

    return Brand.objects.values_list("slug", flat=True).get()


def _steps(page: Page) -> list[float]:
    """Milliseconds of each step down the list."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#head")
    took = []
    for _ in range(STEPS):
        page.wait_for_timeout(READS)
        handle = page.evaluate_handle(f"() => {{ window.step = ({_PRESS})(); }}")
        page.keyboard.press("j")
        took.append(float(page.evaluate("() => window.step")))
        handle.dispose()
    return took


def _typing(page: Page) -> tuple[int, float]:
    """(keys that are missing in the draft, layout shift) while rows and the open case change."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#draft")
    rows = [int(one) for one in page.eval_on_selector_all("#rows .row", "rows => rows.map(row => row.dataset.case)")]
    page.evaluate(_SHIFTS)
    page.keyboard.press("r")
    with _changing(rows):
        page.locator("#draft").press_sequentially(WORDS, delay=15)
        page.locator("#scroll").focus()
        page.wait_for_timeout(1000)
    written = page.locator("#draft").input_value()
    return abs(len(WORDS) - len(written)) if written != WORDS else 0, float(page.evaluate("() => window.shifted"))


@contextmanager
def _changing(cases: list[int]) -> Iterator[None]:
    """The words of these cases change, one after the other, in another thread."""
    stop = threading.Event()

    def change() -> None:
        from django.db import connection, transaction

        from kikite.cases.models import Case
        from kikite.history.recording import announce

        number = 0
        while not stop.wait(1 / CHANGES):
            number += 1
            with transaction.atomic():
                case = Case.objects.get(pk=cases[number % len(cases)])
                Case.objects.filter(pk=case.pk).update(preview=f"Changed {number} at {time.time():.0f}")
                announce(case.brand_id, [case.pk])
        connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _script() -> float:
    """Kilobytes of the modules that the page loads at once: those that desk.js imports, and what they import."""
    found, todo = set[str](), ["desk.js"]
    while todo:
        name = todo.pop()
        found.add(name)
        imported = re.findall(r'^import [^;]*?"\./([\w.]+)"', (SCRIPTS / name).read_text(), re.MULTILINE)
        todo += [one for one in imported if one not in found]
    return sum(len(gzip.compress((SCRIPTS / name).read_bytes())) for name in found) / 1024
