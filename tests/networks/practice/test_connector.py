"""The connector alone: webhooks that prove nothing, and bytes that mean nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.contract import (
    Account,
    BadSignature,
    Deletion,
    Later,
    Message,
    Part,
    Reaction,
    Reason,
    Unreachable,
    Unreadable,
    Visibility,
)
from kikite.networks.practice import network
from kikite.networks.practice.signing import SIGNATURE, sign, wrap
from kikite.networks.practice.translation import delivery

SECRET = "s3cret"
ACCOUNT = Account("1", "TsubameAir", "http://127.0.0.1:1", {"token": "t", "webhook_secret": SECRET})
AUTHOR = {"id": "7", "handle": "marak", "name": "Mara K.", "followers": 12, "automated": False}
POST = {
    "id": "41", "author": AUTHOR, "text": "Help?", "at": "2026-11-22T00:23:09.538Z", "edited_at": None,
    "reply_to": "40", "root": "39", "lang": "en", "url": "http://x/posts/41", "mentions": [],
    "media": [{"url": "http://x/media/a.png", "mime": "image/png", "alt": "a board", "width": 4, "height": 3}],
}  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
SPOILT = st.dictionaries(st.sampled_from(sorted(POST)), ANYTHING, max_size=5)


def event(kind: str, data: object, **more: object) -> bytes:
    return orjson.dumps({"id": "9", "type": kind, "at": "2026-11-22T00:23:10.000Z", "data": data, **more})


def test_post() -> None:
    (message,) = network.translate(ACCOUNT, "post.created", event("post.created", POST))
    assert isinstance(message, Message)
    assert (message.key, message.reply_to, message.root, message.lang) == ("41", "40", "39", "en")
    assert (message.author.handle, message.author.followers, message.author.avatar) == ("marak", 12, "")
    assert message.at == datetime(2026, 11, 22, 0, 23, 9, 538_000, tzinfo=UTC)
    assert message.media[0].kind == "image" and message.media[0].alt == "a board"
    assert message.visibility is Visibility.PUBLIC and message.to == ()


def test_private_message() -> None:
    data = {**POST, "conversation": "77", "to": {**AUTHOR, "id": "1", "handle": "TsubameAir"}}
    (message,) = network.translate(ACCOUNT, "message.created", event("message.created", data))
    assert isinstance(message, Message)
    assert (message.visibility, message.thread) == (Visibility.PRIVATE, "77")
    assert [author.handle for author in message.to] == ["TsubameAir"]


def test_edit_deletion_likes_and_the_unknown() -> None:
    (edit,) = network.translate(ACCOUNT, "", event("post.edited", {**POST, "edited_at": "2026-11-22T01:00:00Z"}))
    assert isinstance(edit, Message) and edit.edited_at == datetime(2026, 11, 22, 1, tzinfo=UTC)
    gone = network.translate(ACCOUNT, "", event("post.deleted", {"id": "41", "at": "2026-11-22T01:00:00Z"}))
    assert gone == [Deletion("41", datetime(2026, 11, 22, 1, tzinfo=UTC))]
    (like,) = network.translate(ACCOUNT, "", event("post.unliked", {"id": "41", "by": AUTHOR}))
    assert isinstance(like, Reaction) and like.removed and like.message == "41"
    assert network.translate(ACCOUNT, "", event("account.renamed", None)) == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"id":"1"}', event("post.created", None), event("post.created", []),
        event("post.created", {**POST, "at": "yesterday"}), event("post.created", {**POST, "at": "9999-99-99"}),
        event("post.created", {**POST, "at": "0001-01-01T00:00:00+23:59"}), event("post.created", {**POST, "id": 41}),
        event("post.created", {**POST, "id": "4" * 65}), event("post.created", {**POST, "author": {}}),
        event("post.created", {**POST, "author": {**AUTHOR, "followers": -1}}),
        event("post.created", {**POST, "media": {"a": 1}}), event("post.created", {**POST, "media": [7]}),
        event("message.created", {**POST, "conversation": None}), event("post.liked", {"id": "41"}),
    ],
)  # fmt: skip
def test_rubbish_is_unreadable_and_says_why(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not"):
        network.translate(ACCOUNT, "post.created", body)


@given(st.sampled_from(["post.created", "message.created", "post.edited", "post.deleted", "post.liked"]), SPOILT)
def test_only_unreadable_is_ever_raised(kind: str, spoilt: dict[str, object]) -> None:
    try:
        items = network.translate(ACCOUNT, kind, event(kind, {**POST, "by": AUTHOR, **spoilt}))
    except Unreadable:
        return
    assert len(items) == 1


@given(st.binary(max_size=300) | ANYTHING.map(orjson.dumps))
def test_any_signed_body_is_read_or_unreadable(body: bytes) -> None:
    try:
        deliveries = network.receive(ACCOUNT, {SIGNATURE: sign(SECRET, body)}, body)
    except (Unreadable, BadSignature):
        return
    assert isinstance(deliveries, list)


def test_an_event_nested_too_deeply_is_kept_to_be_set_aside() -> None:
    deep = b'{"id":"9","type":"x","data":' + b"[" * 600 + b"]" * 600 + b"}"
    kept = delivery(orjson.loads(deep))
    assert kept.kind == "unreadable" and kept.body
    assert delivery(orjson.loads(deep)).key == kept.key


def test_webhook() -> None:
    body = wrap([event("post.created", POST), b'{"no":"id"}', b"7"], datetime.now(UTC))
    first, second, third = network.receive(ACCOUNT, {SIGNATURE: sign(SECRET, body)}, body)
    assert (first.key, first.kind) == ("9", "post.created")
    assert second.kind == third.kind == "unreadable" and second.key != third.key
    with pytest.raises(Unreadable):
        network.translate(ACCOUNT, second.kind, third.body)


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_webhook_of_another_time(age: timedelta) -> None:
    body = wrap([event("post.created", POST)], datetime.now(UTC) - age)
    with pytest.raises(BadSignature):
        network.receive(ACCOUNT, {SIGNATURE: sign(SECRET, body)}, body)


def test_webhook_that_proves_nothing() -> None:
    body = wrap([], datetime.now(UTC))
    unset = Account("1", "TsubameAir", "", {})
    for account, signature in (
        (ACCOUNT, ""),
        (ACCOUNT, sign("other", body)),
        (ACCOUNT, "sha256=é"),
        (unset, sign("", body)),
    ):
        with pytest.raises(BadSignature):
            network.receive(account, {SIGNATURE: signature}, body)


@pytest.mark.parametrize("url", ["", "no address", "http://", "ftp://127.0.0.1", "http://127.0.0.1:1", "http://[x]/"])
def test_no_server_there(url: str) -> None:
    with network.connect(Account("", "", url, {"token": "a\nb"}), timeout=1) as connection:
        for read in (connection.identify, lambda: connection.poll("5"), lambda: next(connection.stream())):
            with pytest.raises(Unreachable):
                read()
        part = Part("0" * 32, "Hello", datetime.now(UTC))
        for outcome in (connection.send(part), connection.find(part), connection.delete("5")):
            assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE


def test_translation_keeps_up_with_the_intake() -> None:
    """The intake reads thousands a second; translating must not be what it waits for."""
    body = event("post.created", {**POST, "media": []})
    started = time.perf_counter()
    for _ in range(10_000):
        network.translate(ACCOUNT, "post.created", body)
    assert time.perf_counter() - started < 1.0
