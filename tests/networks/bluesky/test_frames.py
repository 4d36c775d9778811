"""Frames as a real PDS sent them (`samples/*.cbor`)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.bluesky import frames

FRAMES = {path.stem.removeprefix("frame-"): path.read_bytes() for path in Path(__file__).parent.glob("samples/*.cbor")}
SAMPLE = json.loads((Path(__file__).parent / "samples/commit-mention-picture.json").read_text())
US = SAMPLE["record"]["facets"][0]["features"][0]["did"]


def test_a_post_that_mentions_us() -> None:
    frame = frames.read(FRAMES["createpost-embed"], frames.for_us(US))
    (told,) = frame.operations
    assert told == {name: value for name, value in SAMPLE.items() if name != "author"}
    assert (frame.seq, frame.time, frame.did) == (SAMPLE["seq"], SAMPLE["time"], SAMPLE["repo"])


def test_a_like_of_our_post() -> None:
    (told,) = frames.read(FRAMES["createlike"], frames.for_us(US)).operations
    assert told["record"]["subject"]["uri"].startswith(f"at://{US}/")


def test_nobody_else_is_told() -> None:
    for name in ("createlike", "createpost-embed", "createrepost"):
        assert frames.read(FRAMES[name], frames.for_us("did:plc:somebodyelse")).operations == ()


def test_deletions_of_posts_are_told_whosever_they_were() -> None:
    (told,) = frames.read(FRAMES["deletepost"], frames.for_us("did:plc:somebodyelse")).operations
    assert told["action"] == "delete" and "record" not in told


def test_a_new_handle_or_profile() -> None:
    assert frames.read(FRAMES["renamed"], frames.for_us(US)).renamed
    assert not frames.read(FRAMES["createlike"], frames.for_us(US)).renamed


@pytest.mark.parametrize("data", [b"", b"\xa0", b"\xa0\xa0\xa0", b"\x80\x80", b"\xa1bop\x01\xa0", b"{}", b"\xff" * 50])
def test_what_is_no_frame(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        frames.read(data, frames.for_us(US))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FRAMES)), st.data())
def test_broken_frames_raise_nothing_else(name: str, data: st.DataObject) -> None:
    whole = FRAMES[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + data.draw(st.integers(0, 4)) :]
    with contextlib.suppress(ValueError):
        assert isinstance(frames.read(spoilt, frames.for_us(US)), frames.Frame)


def record(parent: str, root: str) -> dict[str, object]:
    return {"reply": {"parent": {"uri": parent}, "root": {"uri": root}}}


A, B = "at://did:plc:a/app.bsky.feed.post/1", "at://did:plc:b/app.bsky.feed.post/2"


def test_going_on_below_ones_own_post() -> None:
    assert frames.goes_on("did:plc:a", record(A, A)) == [A]
    assert frames.goes_on("did:plc:a", record(A, B)) == [A]
    assert frames.goes_on("did:plc:a", record(B, A)) == []
    assert frames.goes_on("did:plc:a", {}) == []
