"""Server-sent events, in whatever pieces they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.contract import Unreachable
from kikite.networks.mastodon.events import events

STREAM = (
    ":connected\n\n:thump\r\n"
    'event: update\ndata: {"text":"one\u2028line"}\n\n'
    "event: delete\r\ndata: 77\r\n\r\n"
    "id: 3\nevent: notification\ndata: {\ndata: }\n\n"
    "event: empty\n\n"
).encode()
READ = [None, None, ("update", '{"text":"one\u2028line"}'.encode()), ("delete", b"77"), ("notification", b"{\n}")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_any_pieces(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert list(events(STREAM[a:b] for a, b in pairwise(edges))) == READ


@given(st.lists(st.binary(max_size=50)))
def test_any_bytes(chunks: list[bytes]) -> None:
    for event in events(chunks):
        assert event is None or isinstance(event[1], bytes)


def test_a_line_or_an_event_without_end() -> None:
    with pytest.raises(Unreachable, match="too large"):
        list(events([b"data: " + b"x" * 1_000_000] * 10))
    with pytest.raises(Unreachable, match="too large"):
        list(events([b"data: " + b"x" * 1_000_000 + b"\n"] * 10))
