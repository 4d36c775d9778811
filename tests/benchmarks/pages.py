"""The server's time for a page, at a million cases and at ten thousand.

Pages are asked for through Django's test client, signed in, with everything that a request passes: middleware, session,
permission, queries, templates. The two databases take turns, so that both see the same machine.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

from .figures import Figure, at_most, number, percentile, plain, say, table
from .fill import fill
from .ground import Ground, rounds, working_on
from .past import ASKING

SMALL = 10_000
LARGE = 1_000_000
PAGES = 200  # of each kind in each round
WARMING = 15
GOAL = 50.0  # milliseconds at the 95th percentile
GROWTH = 1.5

type Times = dict[str, list[float]]  # milliseconds by kind of page


@dataclass
class Measured:
    """One database: its size, and per round the median and the 95th percentile of every kind of page."""

    name: str
    cases: int
    middle: list[Mapping[str, float]] = field(default_factory=list)
    p95: list[Mapping[str, float]] = field(default_factory=list)


def run(ground: Ground) -> list[Figure]:
    """Fill both databases, then measure them in turns."""
    large = int(os.environ.get("KIKITE_BENCH_CASES", LARGE))
    bases = [Measured("small", SMALL), Measured("large", large)]
    filled = [_fill(ground, base) for base in bases]
    for turn in range(rounds()):
        for base in bases:
            with working_on(base.name):
                _measure(base, turn)
        say(f"pages {turn + 1}: {_worst(bases[1], turn)}")
    with working_on("large"):
        scans = _scans()
    figures = [*filled, *_figures(*bases), _whole(scans)]
    table(f"Pages: server time at {large:,} cases and at {SMALL:,}; {PAGES} of each kind", figures)
    for base in bases:
        ground.drop(base.name)
    return figures


def _fill(ground: Ground, base: Measured) -> Figure:
    ground.create(base.name, "kikite")
    with working_on(base.name):
        messages, seconds = fill(ground.address(base.name), base.cases, datetime.now(UTC))
    say(f"{base.cases:,} cases with {messages:,} messages filled in {seconds:.0f} s")
    return plain(f"filling in {base.cases:,} cases, {messages:,} messages", seconds, "s")


def _measure(base: Measured, turn: int) -> None:
    times = Visitor(turn).times(PAGES)
    base.middle.append({kind: median(values) for kind, values in times.items()})
    base.p95.append({kind: percentile(values, 0.95) for kind, values in times.items()})


def _worst(base: Measured, turn: int) -> str:
    kind = max(base.p95[turn], key=lambda kind: base.p95[turn][kind])
    return f"the slowest is {kind}, {number(base.p95[turn][kind], 'ms')} at the 95th percentile"


def _figures(small: Measured, large: Measured) -> list[Figure]:
    figures = []
    for kind in large.p95[0]:
        p50, p95 = (median(turn[kind] for turn in of) for of in (large.middle, large.p95))
        growth = median(big[kind] / little[kind] for big, little in zip(large.p95, small.p95, strict=True))
        figures.append(at_most(f"{kind}: p95 (p50 {number(p50, 'ms')})", p95, GOAL, "ms"))
        figures.append(at_most(f"  times what it is at {small.cases:,}", growth, GROWTH, ""))
    return figures


def _whole(scans: list[str]) -> Figure:
    for scan in scans:
        say(f"reads the whole table {scan}")
    return Figure("queries that read a whole large table", str(len(scans)), "0", not scans)


def _scans() -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from .plans import whole_reads

    with CaptureQueriesContext(connection) as captured:
        Visitor(0).times(1)
    return whole_reads(query["sql"] for query in captured.captured_queries)


# --- asking -----------------------------------------------------------------------------------------------------


class Visitor:
    """Agents who are signed in and ask for pages at random places."""

    def __init__(self, turn: int) -> None:
        from django.test import Client

        from kikite.accounts.models import Agent, Brand
        from kikite.cases.models import Case

        self.random = random.Random(turn)
        self.slug = Brand.objects.values_list("slug", flat=True).get()
        self.clients = []
        for agent in Agent.objects.order_by("pk")[:ASKING]:
            client = Client(headers={"host": "localhost"})
            client.force_login(agent)
            self.clients.append(client)
        self.cases = Case.objects.order_by("-pk").values_list("pk", flat=True)[0]
        self.waiting = Case.objects.filter(waiting_since__isnull=False).values_list("waiting_since", "pk")
        self.everywhere = Case.objects.values_list("last_at", "pk")

    def times(self, count: int) -> Times:
        """`count` pages of each kind, after some to warm up."""
        kinds: dict[str, Callable[[], float]] = {
            "inbox, queue": lambda: self.ask(""),
            "inbox, queue, a later page": lambda: self.ask("", "#more", after=self.place(self.waiting)),
            "inbox, mine": lambda: self.ask("mine"),
            "inbox, all": lambda: self.ask("all"),
            "inbox, all, a later page": lambda: self.ask("all", "#more", after=self.place(self.everywhere)),
            "case page": lambda: self.ask(f"cases/{self.case()}/"),
            "case opened in the inbox": lambda: self.ask(f"cases/{self.case()}/", "#case"),
            "live parts of a case": lambda: self.ask(f"cases/{self.case()}/live"),
        }
        return {kind: self.some(ask, count) for kind, ask in kinds.items()}

    def some(self, ask: Callable[[], float], count: int) -> list[float]:
        for _ in range(min(count, WARMING)):
            ask()
        return [ask() for _ in range(count)]

    def ask(self, path: str, target: str = "", **query: str) -> float:
        """Milliseconds for one page; `target` is the element that htmx asks for."""
        headers = {"HX-Request": "true", "HX-Target": f"div{target}"} if target else {}
        client = self.random.choice(self.clients)
        begun = time.perf_counter()
        response = client.get(f"/{self.slug}/{path}", query, headers=headers)
        took = (time.perf_counter() - begun) * 1000
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return took

    def case(self) -> int:
        return self.random.randint(1, self.cases)

    def place(self, places: Any) -> str:
        """Somewhere in a list, as the page before would have named it."""
        moment, case = places.filter(pk__gte=self.random.randint(1, self.cases)).order_by("pk")[0]
        return f"{moment.isoformat()}~{case}"
