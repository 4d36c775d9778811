"""Raw JSON beside the neutral message that it becomes (`samples/`), and nothing but Unreadable for everything else.

Samples named after events are X's own (https://docs.x.com/x-api/activity/event-payloads), without their counts and
decoration; the others follow its description of posts and private messages.
"""

from __future__ import annotations

import contextlib
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.contract import Incoming, Message, Unreadable
from kikite.networks.x import network
from kikite.networks.x.raw import born
from tests.contract.desk import mangle
from tests.networks.neutral import neutral

from .accounts import ACCOUNT

SAMPLES = Path(__file__).parent / "samples"
RAW = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".neutral.json"))
KINDS = sorted({path.stem.split("-")[0] for path in RAW})


def kind_of(path: Path) -> str:
    return path.stem.split("-")[0]


def read(kind: str, body: bytes) -> list[Incoming]:
    return network.translate(ACCOUNT, kind, body)


def sample(name: str) -> Message:
    path = SAMPLES / f"{name}.json"
    (message,) = read(kind_of(path), path.read_bytes())
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_sample(path: Path) -> None:
    assert neutral(read(kind_of(path), path.read_bytes())) == json.loads(path.with_suffix(".neutral.json").read_text())


def test_samples_are_there() -> None:
    assert len(RAW) >= 20


def test_a_private_message_is_the_same_however_it_comes() -> None:
    assert sample("dm-one-to-one") == sample("dm.received-picture")


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("poke", b"{}", "no kind"),
        ("post", b"\xff\xfe", "UTF-8"),
        ("post", b"{", "JSON"),
        ("post", b"[1]", "no object"),
        ("post", b"[" * 200_000, "deep"),
        ("post", b" " * 9_000_000, "larger"),
        ("post", b'{"data":{"id":"../../x","author_id":"1","created_at":"2026-01-01T00:00:00Z"}}', "id"),
        ("post", b'{"data":{"id":"12","created_at":"2026-01-01T00:00:00Z"}}', "author_id"),
        ("post", b'{"data":{"id":"12","author_id":"1","created_at":"yesterday"}}', "created_at"),
        ("dm", b'{"data":{"id":"12","sender_id":"1","text":"x"}}', "dm_conversation_id"),
        (
            "dm.received",
            b'{"data":{"payload":{"direct_message_events":[{"type":"message_create"}]}}}',
            "message_create",
        ),
        (
            "chat.received",
            b'{"data":{"payload":{"sender_id":"1","id":"a","conversation_id":"1:2"}}}',
            "created_at_msec",
        ),
        ("gone", b"", "id"),
        ("gone", "１２".encode(), "id"),
    ],
)
def test_unreadable(kind: str, body: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(kind, body)


def test_events_that_say_nothing_to_a_desk() -> None:
    for kind in ("follow.follow", "chat.conversation_join", "dm.indicate_typing", "profile.update.bio"):
        assert read(kind, b'{"data":{"payload":{}}}') == []


@pytest.mark.parametrize("participants", ["-1", "1e300", "true", '"1"', "{}", "[[]]"])
def test_participants_that_are_no_list(participants: str) -> None:
    event = json.loads((SAMPLES / "dm-group.json").read_text())
    event["data"]["participant_ids"] = json.loads(participants)
    (message,) = read("dm", orjson.dumps(event))
    assert isinstance(message, Message) and message.to == ()


def test_what_may_be_missing() -> None:
    """The time is in the id, and a name is only decoration."""
    (message,) = read("post", b'{"data":{"id":"2080765813578191303","author_id":"1","text":"hello"}}')
    assert isinstance(message, Message)
    assert (message.text, message.author.handle, message.names, message.media) == ("hello", "", (), ())
    assert message.at == born("2080765813578191303")
    assert abs((message.at - datetime(2026, 7, 24, 21, 23, 23, tzinfo=UTC)).total_seconds()) < 1


def test_streams_say_tweet_where_the_rest_says_post() -> None:
    path = SAMPLES / "post-edited.json"
    spelt = (
        path.read_bytes()
        .replace(b"edit_history_post_ids", b"edit_history_tweet_ids")
        .replace(b'"posts"', b'"tweets"')
        .replace(b"referenced_posts", b"referenced_tweets")
        .replace(b"note_post", b"note_tweet")
    )
    assert read("post", spelt) == read("post", path.read_bytes())


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(RAW), st.randoms(use_true_random=False), st.binary(max_size=100))
def test_rubbish(path: Path, chance: random.Random, noise: bytes) -> None:
    body = path.read_bytes()
    spoilt = orjson.dumps(mangle(mangle(json.loads(body), chance), chance))
    for kind in (kind_of(path), chance.choice(KINDS)):
        for one in (noise, body[: chance.randrange(len(body))], spoilt):
            with contextlib.suppress(Unreadable):
                assert isinstance(read(kind, one), list)
