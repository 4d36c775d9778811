"""Raw JSON beside the neutral message that it becomes (`samples/`), and nothing but Unreadable for everything else.

The samples were told by a real PDS and app view; those of a follow, an update, a video and a like by way of a repost
were made from them.
"""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.bluesky import network
from kikite.networks.contract import Account, Incoming, Message, Unreadable

from .neutral import neutral

SAMPLES = Path(__file__).parent / "samples"
RAW = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".neutral.json"))
KINDS = ("notification", "post", "record", "commit", "gone", "chat", "frame")


def account(reads: str) -> Account:
    return Account("did:plc:us", "brand.test", "https://pds.example", {}, {"reads": reads})


def read(kind: str, body: bytes) -> list[Incoming]:
    return network.translate(account("firehose" if kind == "commit" else "notifications"), kind, body)


def kind_of(path: Path) -> str:
    return path.stem.split("-")[0]


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_sample(path: Path) -> None:
    assert neutral(read(kind_of(path), path.read_bytes())) == json.loads(path.with_suffix(".neutral.json").read_text())


def test_samples_are_there() -> None:
    assert {kind_of(path) for path in RAW} == set(KINDS) - {"frame"}


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("poke", b"{}", "no kind"),
        ("record", b"\xff\xfe", "UTF-8"),
        ("record", b"{", "JSON"),
        ("record", b"[1]", "object"),
        ("record", b"[" * 200_000, "deep"),
        ("record", b" " * 9_000_000, "larger"),
        ("record", b'{"uri": "at://brand.test/app.bsky.feed.post/3k2a", "author": {"did": "did:plc:us"}}', "at-uri"),
        ("record", b'{"uri": "at://did:plc:us/app.bsky.feed.post/3k2a"}', "author"),
        ("notification", b'{"notification": {"author": {"did": "\'; DROP TABLE"}}}', "DID"),
        ("commit", b'{"repo": "did:plc:a", "path": "../../etc", "action": "create"}', "path"),
        ("commit", b'{"repo": "did:plc:a", "path": "app.bsky.feed.post/3k2a", "action": "burn"}', "burn"),
        ("gone", b'{"uri": 5}', "at-uri"),
        ("frame", b'{"error": "no CBOR", "bytes": "AAAA"}', "no CBOR"),
    ],
)
def test_what_is_wrong_is_said(kind: str, body: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(kind, body)


def own_post(**changes: Any) -> Message:
    """The sample of our own post with its record changed."""
    data = json.loads((SAMPLES / "record-own.json").read_text())
    data["value"] |= changes
    (message,) = read("record", json.dumps(data).encode())
    assert isinstance(message, Message)
    return message


def test_what_no_database_takes_is_gone() -> None:
    message = own_post(text="a\x00b\ud800c")
    assert message.text == "ab\ufffdc"
    message.text.encode()


def test_a_million_letters() -> None:
    assert len(own_post(text="あ" * 1_000_000).text) == 1_000_000


@pytest.mark.parametrize("claimed", ["2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "yesterday", 7, None])
def test_a_time_that_cannot_be_is_the_time_when_it_was_seen(claimed: object) -> None:
    seen = json.loads((SAMPLES / "record-own.json").read_text())["time"]
    assert own_post(createdAt=claimed).at == datetime.fromisoformat(seen)


def test_an_older_claim_is_believed_as_the_app_view_believes_it() -> None:
    assert own_post(createdAt="2025-02-03T04:05:06+09:00").at == datetime(2025, 2, 2, 19, 5, 6, tzinfo=UTC)


def test_a_post_without_any_time_is_set_aside() -> None:
    data = json.loads((SAMPLES / "record-own.json").read_text())
    del data["time"], data["value"]["createdAt"]
    with pytest.raises(Unreadable, match="createdAt"):
        read("record", json.dumps(data).encode())


@pytest.mark.parametrize("embed", [{"images": 5}, {"media": {"images": [{"image": {"ref": {"$link": "../x"}}}]}}, []])
def test_an_embed_that_is_none_leaves_the_words(embed: object) -> None:
    message = own_post(embed=embed)
    assert message.media == () and message.text


def test_only_web_addresses_reach_a_page() -> None:
    data = json.loads((SAMPLES / "notification-mention-picture.json").read_text())
    data["notification"]["author"]["avatar"] = "javascript:alert(1)"
    data["post"]["embed"]["images"][0]["fullsize"] = "file:///etc/passwd"
    (message,) = read("notification", json.dumps(data).encode())
    assert isinstance(message, Message)
    assert message.author.avatar == ""
    assert message.media[0].url.startswith("https://pds.example/xrpc/com.atproto.sync.getBlob?")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in paths(one, (*path, name)))]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(RAW), JSON, st.data())
def test_anything_in_any_place(path: Path, value: object, data: st.DataObject) -> None:
    sample = json.loads(path.read_text())
    *way, last = data.draw(st.sampled_from(paths(sample)[1:]))
    inner = sample
    for name in way:
        inner = inner[name]
    inner[last] = value
    try:
        things = read(kind_of(path), json.dumps(sample).encode())
    except Unreadable:
        return
    assert neutral(things) is not None


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KINDS), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_at_all(kind: str, body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert read(kind, body) == []
