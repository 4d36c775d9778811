"""The server's time for a page, at a million cases and at ten thousand.

Pages are asked for through Django's test client, signed in, with everything that a request passes: middleware, session,
permission, queries, templates. The two databases take turns, so that both see the same machine.
"""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from . import tweets
from .figures import Figure, at_most, number, percentile, plain, say, table
from .fill import fill
from .ground import Ground, rounds, working_on
from .intake import keep
from .past import ASKING

SMALL = 10_000
LARGE = 1_000_000
READ = 5_000
PAGES = 200  # of each kind in each round
IN_A_ROW = 25  # before the other database has its turn
WARMING = 4
GOAL = 50.0  # milliseconds at the 95th percentile
GROWTH = 1.5


@dataclass
class Measured:
    """One database: its size, and per round the milliseconds of every page, by kind."""

    name: str
    cases: int
    times: list[dict[str, list[float]]] = field(default_factory=list)

    def middles(self, kind: str, share: float) -> list[float]:
        """A percentile of one kind of page, round by round."""
        return [percentile(times[kind], share) for times in self.times]


def run(ground: Ground) -> list[Figure]:
    """Fill both databases, then measure them in turns."""
    large = int(os.environ.get("KIKITE_BENCH_CASES", LARGE))
    # A web process holds no archive of tweets: what the benchmarks before this one left is not walked by its collector.
    gc.collect()
    gc.freeze()
    bases = [Measured("small", SMALL), Measured("large", large)]
    filled = [_fill(ground, base) for base in bases]
    for turn in range(rounds()):
        _measure(bases, turn)
        say(f"pages {turn + 1}: {_worst(bases[1], turn)}")
    with working_on("large"):
        scans = _scans()
    figures = [*filled, *_figures(*bases), _whole(scans), *(_read(ground, base) for base in bases)]
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


def _measure(bases: Sequence[Measured], turn: int) -> None:
    """The databases take turns every few pages, so that what else the machine does meets both."""
    visitors = []
    for base in bases:
        base.times.append({kind: [] for kind in KINDS})
        with working_on(base.name):
            visitors.append(Visitor(turn))
    for kind in KINDS:
        for _ in range(PAGES // IN_A_ROW):
            for base, visitor in zip(bases, visitors, strict=True):
                with working_on(base.name):
                    base.times[turn][kind] += visitor.some(kind, IN_A_ROW)


def _worst(base: Measured, turn: int) -> str:
    p95 = {kind: percentile(values, 0.95) for kind, values in base.times[turn].items()}
    kind = max(p95, key=lambda kind: p95[kind])
    return f"the slowest is {kind}, {number(p95[kind], 'ms')} at the 95th percentile"


def _figures(small: Measured, large: Measured) -> list[Figure]:
    figures = []
    for kind in KINDS:
        p50, p95 = (median(large.middles(kind, share)) for share in (0.5, 0.95))
        pairs = zip(large.middles(kind, 0.95), small.middles(kind, 0.95), strict=True)
        growth = median(big / little for big, little in pairs)
        figures.append(at_most(f"{kind}: p95 (p50 {number(p50, 'ms')})", p95, GOAL, "ms"))
        figures.append(at_most(f"  times what it is at {small.cases:,}", growth, GROWTH, ""))
    return figures


def _whole(scans: list[str]) -> Figure:
    for scan in scans:
        say(f"reads the whole table {scan}")
    return Figure("queries that read a whole large table", str(len(scans)), "0", not scans)


def _read(ground: Ground, base: Measured) -> Figure:
    """How fast intake is beside what is already there; for comparison."""
    from kikite.accounts.models import Brand
    from kikite.workflows.receive import Reader

    with working_on(base.name):
        posts, _ = tweets.load()
        keep(ground.address(base.name), posts[:READ], Brand.objects.get())
        begun = time.perf_counter()
        Reader().read_all()
        speed = READ / (time.perf_counter() - begun)
    return plain(f"reading {READ:,} posts into {base.cases:,} cases, one process", speed, "messages/s")


def _scans() -> list[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from .plans import whole_reads

    with CaptureQueriesContext(connection) as captured:
        visitor = Visitor(0)
        for kind in KINDS:
            visitor.some(kind, 1)
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
        queue = Case.objects.exclude(waiting_since=None).order_by("waiting_since", "pk")
        self.waiting = [f"{case.waiting_since.isoformat()}~{case.pk}" for case in queue if case.waiting_since][:-50]
        self.anywhere = Case.objects.all()

    def some(self, kind: str, count: int) -> list[float]:
        """Milliseconds of `count` pages of a kind, after a few to warm the connection up."""
        for _ in range(WARMING):
            KINDS[kind](self)
        return [KINDS[kind](self) for _ in range(count)]

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

    def in_queue(self) -> str:
        """Somewhere in the queue, as the page before would have named it; not so late that the page is not full."""
        return self.random.choice(self.waiting)

    def in_all(self) -> str:
        case = self.anywhere.get(pk=self.case())
        return f"{case.last_at.isoformat()}~{case.pk}"


KINDS: dict[str, Callable[[Visitor], float]] = {
    "inbox, queue": lambda visitor: visitor.ask(""),
    "inbox, queue, a later page": lambda visitor: visitor.ask("", "#more", after=visitor.in_queue()),
    "inbox, mine": lambda visitor: visitor.ask("mine"),
    "inbox, all": lambda visitor: visitor.ask("all"),
    "inbox, all, a later page": lambda visitor: visitor.ask("all", "#more", after=visitor.in_all()),
    "case page": lambda visitor: visitor.ask(f"cases/{visitor.case()}/"),
    "case opened in the inbox": lambda visitor: visitor.ask(f"cases/{visitor.case()}/", "#case"),
    "live parts of a case": lambda visitor: visitor.ask(f"cases/{visitor.case()}/live"),
}
