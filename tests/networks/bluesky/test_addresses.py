from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.bluesky.addresses import Address, parse, record_key, time_key

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# https://atproto.com/specs/tid
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


@given(st.uuids(), st.timedeltas(timedelta(days=-3000), timedelta(days=30_000)))
def test_a_record_key_is_a_tid_of_its_time(key: object, after: timedelta) -> None:
    at = NOON + after
    found = record_key(str(key), at)
    assert TID.fullmatch(found)
    assert time_key(at) <= found < time_key(at + timedelta(milliseconds=1))


def test_the_same_part_has_the_same_key_and_no_other_has() -> None:
    keys = [f"{number:032x}" for number in range(2000)]
    found = {record_key(key, NOON) for key in keys}
    assert found == {record_key(key, NOON) for key in keys}
    assert len(found) >= 1995  # twenty bits apart within one millisecond


def test_a_key_that_a_server_gave() -> None:
    """Of a post that claims 00:52:58.331739, so the server's clock was a little later."""
    claimed = datetime(2026, 11, 22, 0, 52, 58, 331739, UTC)
    assert time_key(claimed) < "3n2ufmzywmk26" < time_key(claimed + timedelta(seconds=1))


@pytest.mark.parametrize(
    "uri",
    [
        "at://did:plc:abc/app.bsky.feed.post/3k2a",
        "at://did:web:example.com/app.bsky.feed.post/self",
        "at://did:web:localhost%3A3000/app.bsky.feed.like/a:b~c_d-e.f",
    ],
)
def test_an_address_and_back(uri: str) -> None:
    found = parse(uri)
    assert isinstance(found, Address) and str(found) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "", "at://", "https://bsky.app", "at://rin.test/app.bsky.feed.post/3k2a", "at://did:plc:abc", 7, None,
        "at://did:plc:abc/app.bsky.feed.post", "at://did:plc:abc/app.bsky.feed.post/a/b", "at://did:plc:a b/c.d.e/f",
        "at://did:plc:abc/app.bsky.feed.post/" + "x" * 600, "at://did:plc:abc/app.bsky.feed.post/3k2a\n",
    ],
)  # fmt: skip
def test_what_is_no_address(uri: object) -> None:
    assert parse(uri) is None
