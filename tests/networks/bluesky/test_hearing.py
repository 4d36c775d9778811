"""Jetstream as a test tells it: broken pieces, servers that end, and the firehose when none is left."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.server import ServerConnection, serve

from kikite.networks.bluesky import hearing, network
from kikite.networks.bluesky.hearing import Hearing
from kikite.networks.bluesky.matching import matcher
from kikite.networks.contract import Account, Deletion, Delivery, Message, Unreachable

from .told import THEM

POST = "app.bsky.feed.post"
AT = 1_795_575_131_572_000  # 2026-11-25


def event(number: int, text: str = "my bag", operation: str = "create", **more: Any) -> dict[str, Any]:
    commit: dict[str, Any] = {"rev": f"r{number}", "operation": operation, "collection": POST, "rkey": f"k{number}"}
    if operation != "delete":
        commit |= {"cid": f"c{number}", "record": {"$type": POST, "text": text, "createdAt": "2026-11-25T02:52:11Z"}}
    return {"did": THEM, "time_us": AT + number, "kind": "commit", "commit": commit} | more


@dataclass
class Stream:
    """Tells its `events` to whoever comes, and hangs up; refuses those who come when there are none."""

    events: list[list[Any]] = field(default_factory=list)
    queries: list[dict[str, list[str]]] = field(default_factory=list)
    url: str = ""

    def handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        url = urlsplit(socket.request.path)
        assert url.path == "/subscribe"
        self.queries.append(parse_qs(url.query))
        for one in self.events.pop(0) if self.events else []:
            socket.send(one if isinstance(one, str | bytes) else json.dumps(one))


@pytest.fixture
def stream() -> Iterator[Stream]:
    stream = Stream()
    with serve(stream.handle, "127.0.0.1", 0) as server:
        stream.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stream
        server.shutdown()
        thread.join()


def whois(did: str) -> dict[str, Any]:
    return {"did": did, "handle": "rin.test"}


def collected(stream: Stream, *queries: str) -> list[Delivery]:
    found: list[Delivery] = []
    hearer = Hearing(matcher(queries or ("bag",)), whois, 5.0)
    try:
        for one in hearer.jetstream((stream.url,)):
            found += [one] if one else []
    except Unreachable:
        return found
    raise AssertionError("a stream ends by trouble only")


def read(delivery: Delivery) -> Any:
    account = Account("did:plc:us", "brand.test", "https://bsky.social", {}, {"reads": "notifications"})
    (thing,) = network.translate(account, delivery.kind, delivery.body)
    return thing


def test_what_fits_is_told(stream: Stream) -> None:
    stream.events = [[event(1), event(2, "my hat"), event(3, "荷物とBAG")]]
    first, second = (read(one) for one in collected(stream))
    assert isinstance(first, Message) and isinstance(second, Message)
    assert (first.text, first.author.handle, first.key) == ("my bag", "rin.test", f"at://{THEM}/{POST}/k1")
    assert second.text == "荷物とBAG"
    assert stream.queries[0] == {"wantedCollections": [POST], "maxMessageSizeBytes": [str(hearing.LARGEST)]}


def test_a_stream_that_breaks_goes_on_before_the_place_where_it_broke(stream: Stream) -> None:
    stream.events = [[event(1)], [event(1), event(2)]]
    keys = [one.key for one in collected(stream)]
    assert list(dict.fromkeys(keys)) == [f"create at://{THEM}/{POST}/k{number} c{number}" for number in (1, 2)]
    assert stream.queries[1]["cursor"] == [str(AT + 1 - hearing.REWIND)]


def test_what_was_told_is_taken_back_and_nothing_else(stream: Stream) -> None:
    stream.events = [[event(1), event(2, operation="delete"), event(1, operation="delete")]]
    _, gone = collected(stream)
    assert read(gone) == Deletion(f"at://{THEM}/{POST}/k1", read(gone).at)


def test_what_is_no_post_says_nothing(stream: Stream) -> None:
    account = {"did": THEM, "time_us": AT, "kind": "account", "account": {"active": True}}
    like = event(2)
    like["commit"]["collection"] = "app.bsky.feed.like"
    rubbish = [
        "rubbish",
        b"\xff",
        "[1]",
        "{}",
        {"did": 7, "time_us": "x"},
        event(3, did="nobody"),
        event(4, time_us=None),
    ]
    stream.events = [[account, like, *rubbish, event(9)]]
    assert [one.key.split("/")[-1] for one in collected(stream)] == ["k9 c9"]


def test_the_first_sign_of_life_comes_at_once(stream: Stream) -> None:
    stream.events = [[event(1)]]
    listening = Hearing(matcher(["bag"]), whois, 5.0).jetstream((stream.url,))
    assert next(listening) is None


def test_nobody_tells() -> None:
    with pytest.raises(Unreachable, match="Jetstream"):
        list(Hearing(matcher(["bag"]), whois, 1.0).jetstream(("ws://127.0.0.1:1", "ws://127.0.0.1:2")))


@pytest.mark.parametrize(
    ("secrets", "settings", "public", "hosts"),
    [
        ({}, {}, True, hearing.HOSTS),
        ({}, {}, False, ()),
        ({"jetstream": "wss://a.example/ wss://b.example"}, {}, True, ("wss://a.example", "wss://b.example")),
        ({}, {"jetstream": "wss://a.example"}, True, ("wss://a.example",)),
        ({"jetstream": "http://a.example file:///etc"}, {}, False, ()),
        ({}, {"jetstream": None}, False, ()),
    ],
)
def test_which_servers(secrets: dict[str, str], settings: dict[str, Any], public: bool, hosts: tuple[str, ...]) -> None:
    account = Account("did:plc:us", "brand.test", "https://bsky.social", secrets, settings)
    assert hearing.hosts_of(account, public=public) == hosts


SCRAPS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from([POST, THEM, "create", "delete", AT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["did", "time_us", "kind", "commit", "record", "text", "rkey", "operation", "collection"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(SCRAPS)
def test_any_event_is_survived(scrap: Any) -> None:
    hearer = Hearing(lambda _: True, whois, 1.0)
    for one in (scrap, {**event(1), "commit": scrap}, event(1) | {"time_us": scrap}):
        for delivery in hearer._of_event(json.dumps(one)):
            assert isinstance(delivery, Delivery)
