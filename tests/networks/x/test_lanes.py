"""Lists are read onward without a gap, whatever their size, their delays and the interruptions in between."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.contract import Delivery, Gap
from kikite.networks.x.cursor import Cursor, Lane, lane_of
from kikite.networks.x.lanes import Leaf, Reach, onward
from kikite.networks.x.splitting import Item

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 3


@dataclass
class Network:
    """A list of X: posts become visible some seconds after they are written, the newest first, PAGE at a time."""

    reach: int = 10**9
    posts: list[tuple[int, datetime, datetime]] = field(default_factory=list)  # id, written, visible
    now: datetime = BEGAN

    def post(self, delay: float) -> None:
        self.posts.append((len(self.posts) + 1, self.now, self.now + timedelta(seconds=delay)))

    def ask(self, lane: Lane) -> Leaf:
        shown = [(key, at) for key, at, visible in self.posts if visible <= self.now][::-1][: self.reach]
        since, until = int(lane.base or 0), int(lane.until or 10**18)
        found = [(key, at) for key, at in shown if since < key < until]
        page = found[:PAGE]
        items = [Item(Delivery(f"post:{key}", "post", b""), str(key), str(key), at) for key, at in page]
        return Leaf(items, str(page[-1][0]) if len(found) > PAGE else "")


@dataclass
class Reader:
    """Reads a page, keeps the cursor as text, and forgets everything else."""

    network: Network
    reach: Reach
    kept: str = ""
    got: list[int] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def page(self) -> bool:
        lane = lane_of(self.kept)
        read = onward(lane, self.network.ask, self.network.now, self.reach)
        self.kept = json.dumps(asdict(lane))
        self.got += [int(item.id) for item in read.items]
        self.gaps += [read.gap] if read.gap else []
        return read.more

    def rest(self) -> None:
        while self.page():
            pass


# What happens between two looks: seconds that pass, then posts that become visible so much later.
STEPS = st.lists(st.tuples(st.integers(0, 100), st.lists(st.integers(0, 59), max_size=8)), max_size=25)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.lists(st.booleans(), min_size=25, max_size=25), st.booleans())
def test_everything_comes_once(steps: list[tuple[int, list[int]]], interrupted: list[bool], begun: bool) -> None:
    network = Network()
    reader = Reader(network, Reach())
    if begun:
        network.post(0)
    reader.rest()
    for (seconds, delays), stops in zip(steps, interrupted, strict=False):
        network.now += timedelta(seconds=seconds)
        for delay in delays:
            network.post(delay)
        if stops:
            reader.page()
        else:
            reader.rest()
    for _ in range(2):
        network.now += timedelta(seconds=120)
        reader.rest()
    assert sorted(reader.got) == [key for key, _, _ in network.posts]
    assert reader.gaps == []


def test_at_first_the_newest_page_is_read() -> None:
    network = Network()
    for _ in range(10):
        network.post(0)
    network.now += timedelta(seconds=120)
    reader = Reader(network, Reach())
    reader.rest()
    assert reader.got == [8, 9, 10]
    network.post(0)
    reader.rest()
    assert reader.got == [8, 9, 10, 11]


def test_more_than_the_list_shows_is_a_gap() -> None:
    network = Network(reach=6)
    network.post(0)
    network.now += timedelta(seconds=120)
    reader = Reader(network, Reach(count=6))
    reader.rest()
    before = network.now
    for _ in range(20):
        network.now += timedelta(seconds=100)
        network.post(0)
    reader.rest()
    assert sorted(reader.got) == [1, *range(16, 22)]
    (gap,) = reader.gaps
    assert gap.since == before and gap.until == network.posts[15][1]


def test_an_absence_longer_than_the_list_reaches_back_is_a_gap() -> None:
    network = Network()
    network.post(0)
    network.now += timedelta(seconds=120)
    reader = Reader(network, Reach(back=timedelta(days=30)))
    reader.rest()
    before = network.now
    network.now += timedelta(days=29)
    reader.rest()
    assert reader.gaps == []
    before = network.now
    network.now += timedelta(days=31)
    reader.rest()
    assert reader.gaps == [Gap(before, network.now - timedelta(days=30), "X shows only the last 30 days of these.")]


@given(st.text(max_size=200))
def test_a_cursor_that_is_none_begins_anew(text: str) -> None:
    assert isinstance(Cursor.parse(text), Cursor) and isinstance(lane_of(text), Lane)


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor(Lane("5", ["6", "7"], "9", "8", 3, 1.5, 2.5), Lane(), Lane("1"), {"5": ("6", 1.0)})
    assert Cursor.parse(cursor.dump()) == cursor
