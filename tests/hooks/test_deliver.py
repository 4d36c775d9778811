"""What strangers and networks may post to a webhook, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from django.utils import timezone

from kikite.cases.models import Message
from kikite.channels.models import Channel, Delivery
from kikite.networks.practice.signing import wrap
from kikite.workflows import receive
from tests.workflows.calls import a_channel, call, created, signed

from .caller import Caller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel() -> Channel:
    return a_channel()


@pytest.fixture
def client() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()


def post(client: Caller, channel: Channel, body: bytes, headers: dict[str, str] | None = None) -> int:
    return client.post(channel, body, headers)


def test_kept_and_answered(client: Caller, channel: Channel) -> None:
    assert post(client, channel, call(created("1"), created("2"))) == 200
    assert set(Delivery.objects.values_list("key", "kind")) == {("e1", "post.created"), ("e2", "post.created")}
    receive.Reader().read_all()
    assert Message.objects.filter(case__isnull=False).count() == 2


def test_the_same_ten_times(client: Caller, channel: Channel) -> None:
    body = call(created("1"))
    assert [post(client, channel, body) for _ in range(10)] == [200] * 10
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [{}, signed(b"{}"), signed(call(created("1")), "another secret"), {"x-practice-signature": "sha256=\xff\x00日本"}],
)
def test_not_proven(client: Caller, channel: Channel, headers: dict[str, str]) -> None:
    assert post(client, channel, call(created("1")), headers) == 401
    assert not Delivery.objects.exists()


def test_proven_but_old(client: Caller, channel: Channel) -> None:
    """Somebody kept a call and plays it again."""
    body = wrap([orjson.dumps(created("1"))], datetime.now(UTC) - timedelta(minutes=6))
    assert post(client, channel, body) == 401
    assert not Delivery.objects.exists()


def test_a_channel_without_a_secret_believes_nobody(client: Caller, channel: Channel) -> None:
    Channel.objects.update(secrets=b"")
    body = call(created("1"))
    assert post(client, channel, body, signed(body, "")) == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("hook", ["nobody", "a%00b", "..%2f..", "x" * 5000, "' OR 1=1 --"])
def test_no_such_channel(client: Caller, hook: str, channel: Channel) -> None:
    body = call(created("1"))
    assert client.together([client.request(hook, body, signed(body))])[0].status_code == 404
    assert not Delivery.objects.exists()


def test_a_disconnected_channel(client: Caller, channel: Channel) -> None:
    Channel.objects.update(disconnected_at=timezone.now())
    assert post(client, channel, call(created("1"))) == 410
    assert not Delivery.objects.exists()


def test_only_calls(client: Caller, channel: Channel) -> None:
    answer = client.together([httpx.Request("PUT", f"http://desk/hooks/{channel.hook}")])[0]
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, POST"


def test_a_question_that_the_network_does_not_ask(client: Caller, channel: Channel) -> None:
    """A CRC without a token, or a network that knows none."""
    assert client.get(channel).status_code == 401
    assert client.get(channel, "crc_token=").status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe{\x00}\x00", b'{"sent_at": "yesterday", "events": 3}', b"[" * 100_000]
)
def test_proven_and_unreadable(client: Caller, channel: Channel, body: bytes) -> None:
    """Kept as it came, once, and set aside in words; nothing that a network said is lost."""
    assert post(client, channel, body) == 200 == post(client, channel, body)
    (kept,) = Delivery.objects.all()
    assert bytes(kept.body) == body
    receive.Reader().read_all()
    kept.refresh_from_db()
    assert kept.set_aside_at is not None and kept.reason


def test_one_that_cannot_be_read_among_others(client: Caller, channel: Channel) -> None:
    odd = {"id": "e2", "type": "post.created", "data": {"id": 2}}
    assert post(client, channel, call(created("1"), odd, 7, created("3"))) == 200
    receive.Reader().read_all()
    assert set(Message.objects.values_list("key", flat=True)) == {"1", "3"}
    assert Delivery.objects.filter(set_aside_at__isnull=False).count() == 2


def test_more_than_a_call_may_hold(client: Caller, channel: Channel) -> None:
    body = call(created("1", "x" * 6_000_000))
    assert post(client, channel, body) == 413
    assert not Delivery.objects.exists()


def test_a_dead_token_stops_nothing(client: Caller, channel: Channel) -> None:
    Channel.objects.update(unauthorised_at=timezone.now())
    assert post(client, channel, call(created("1"))) == 200
    receive.Reader().read_all()
    assert Message.objects.count() == 1


def test_ids_that_are_no_ids(client: Caller, channel: Channel) -> None:
    events = [
        {**created("1"), "id": "a\x00b"},
        {**created("2"), "id": "x" * 9000},
        {**created("3"), "id": "x" * 8999 + "y"},
        {**created("4"), "id": {"$ne": None}},
        {**created("5"), "type": "post.created\x00"},
        {**created("6"), "type": "t" * 500},
    ]
    assert post(client, channel, call(*events)) == 200
    assert Delivery.objects.count() == len(events)
    receive.Reader().read_all()
    assert not Delivery.objects.filter(read_at=None, set_aside_at=None).exists()
