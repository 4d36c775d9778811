"""From kept deliveries to messages: whatever they hold, each becomes a message or stands aside with its reason."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import orjson
import pytest
from django.db import ProgrammingError, connection
from django.utils import timezone

from kikite.cases.arriving import absorb
from kikite.cases.models import Case, Message
from kikite.channels.models import Channel, Delivery
from kikite.customers.models import Profile
from kikite.networks.contract import Delivery as Raw
from kikite.networks.contract import Unreadable
from kikite.networks.practice import translation
from kikite.workflows import receive
from tests.cases.worlds import standing

from .calls import a_channel, created
from .ground import an_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return a_channel()


def keep(channel: Channel, *events: dict[str, Any]) -> int:
    raw = [Raw(event["id"], event["type"], orjson.dumps(event)) for event in events]
    return receive.keep(channel, raw)


def read(channel: Channel, *events: dict[str, Any]) -> None:
    keep(channel, *events)
    receive.Reader().read_all()
    assert not Delivery.objects.filter(read_at=None, set_aside_at=None).exists()


class TestKept:
    def test_once(self, channel: Channel) -> None:
        assert keep(channel, created("1"), created("2")) == 2
        assert keep(channel, created("2"), created("3"), created("3")) == 1
        assert keep(channel) == 0

    def test_the_cursor_never_runs_ahead(self, channel: Channel) -> None:
        """One transaction: when keeping fails, the next poll asks for the same again."""
        first = Raw("1", "k", b"x")
        with pytest.raises(ProgrammingError):
            receive.keep(channel, [first, Raw("2", "k", object())], "9")  # type: ignore[arg-type]
        channel.refresh_from_db()
        assert channel.cursor == "" and not Delivery.objects.exists()
        receive.keep(channel, [first], "9")
        channel.refresh_from_db()
        assert channel.cursor == "9"


class TestOdd:
    def test_a_megabyte(self, channel: Channel) -> None:
        text = "荷物 <b>' OR 1=1; -- </b> " * 45_000
        read(channel, created("1", text))
        assert Message.objects.get().text == text
        assert Case.objects.get().title == text[:200]

    def test_null_characters(self, channel: Channel) -> None:
        media = [{"url": "http://x/\x00", "mime": "image/png", "alt": "a\x00b"}]
        author = {"name": "Ma\x00ra", "handle": "ma\x00ra", "avatar": "\x00"}
        read(channel, created("1", "bag\x00gage", lang="e\x00", media=media, author=author))
        message = Message.objects.get()
        assert (message.text, message.lang, message.media[0]["alt"]) == ("baggage", "", "ab")
        assert (Profile.objects.get().name, Profile.objects.get().handle) == ("Mara", "mara")

    def test_a_name_longer_than_any(self, channel: Channel) -> None:
        read(channel, created("1", author={"name": "x" * 5000}))
        assert Message.objects.count() == 1 and Profile.objects.get().name == "x" * 300

    def test_times_to_come(self, channel: Channel) -> None:
        """A clock that is wrong neither puts a message out of reach nor freezes its author's name."""
        far = datetime(9998, 1, 1, tzinfo=UTC)
        read(channel, created("1", at=far.isoformat()))
        message = Message.objects.get()
        assert message.posted_at == message.received_at <= timezone.now()
        read(channel, created("2", author={"name": "Mara Kimura"}))
        assert Profile.objects.get().name == "Mara Kimura"

    @pytest.mark.parametrize(
        "at", ["1970-01-01T00:00:00Z", "0001-01-01", "yesterday", 5, None, "9999-12-31T23:59:59-14:00"]
    )
    def test_times_that_are_none(self, channel: Channel, at: object) -> None:
        read(channel, created("1", at=at), created("2"))
        assert list(Message.objects.values_list("key", flat=True)) == ["2"]
        (aside,) = Delivery.objects.filter(set_aside_at__isnull=False)
        assert aside.key == "e1" and aside.reason

    @pytest.mark.parametrize("key", ["", "\x00", "x" * 1000, 5, None, ["1"], "\u202e\n"])
    def test_ids_that_are_none(self, channel: Channel, key: object) -> None:
        for field in ("id", "reply_to", "root"):
            event = created("1")
            event["data"][field] = key
            event["id"] = f"e{field}"
            keep(channel, event)
        read(channel, created("2"))
        assert Message.objects.filter(key="2").exists()
        assert Delivery.objects.filter(key="eid", set_aside_at__isnull=False).exists()

    def test_wrong_encodings(self, channel: Channel) -> None:
        bodies = [
            b"\xff\xfe\x00",
            "日本".encode("shift_jis"),
            '{"type": "日本'.encode("utf-16"),
            b'{"a": "\xed\xa0\x80"}',
        ]
        receive.keep(channel, [Raw(f"{n}", "post.created", body) for n, body in enumerate(bodies)])
        read(channel, created("1"))
        assert Message.objects.count() == 1
        assert Delivery.objects.filter(set_aside_at__isnull=False).exclude(reason="").count() == len(bodies)

    def test_an_unknown_kind_of_event_says_nothing(self, channel: Channel) -> None:
        read(channel, {"id": "e1", "type": "x.unknown", "data": None})
        assert Delivery.objects.get().read_at is not None and not Message.objects.exists()


class TestPicturesLater:
    """A network may tell of a post before it tells it whole, under another name."""

    PICTURE: ClassVar[dict[str, Any]] = {"url": "https://x.example/a.png", "mime": "image/png", "alt": "A bag"}

    def whole(self, event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "id": f"{event['id']}-whole", "data": {**event["data"], "media": [self.PICTURE]}}

    @pytest.mark.parametrize("together", [False, True])
    def test_they_come_to_the_message(self, channel: Channel, together: bool) -> None:
        bare = created("1")
        for events in [[bare, self.whole(bare)]] if together else [[bare], [self.whole(bare)], [bare]]:
            read(channel, *events)
        (message,) = Message.objects.all()
        assert [one["alt"] for one in message.media] == ["A bag"]
        assert message.edited_at is None and Case.objects.get().unanswered == 1

    def test_those_of_what_was_taken_back_do_not(self, channel: Channel) -> None:
        bare = created("1")
        at = datetime.now(UTC).isoformat()
        read(channel, bare, {"id": "d1", "type": "post.deleted", "at": at, "data": {"id": "1", "at": at}})
        read(channel, self.whole(bare))
        (message,) = Message.objects.all()
        assert message.deleted_at and message.media == [] and message.text == ""

    def test_an_older_version_brings_none(self, channel: Channel) -> None:
        bare = created("1")
        later = {**bare["data"], "text": "At gate 21", "edited_at": datetime.now(UTC).isoformat()}
        read(channel, bare)
        read(channel, {**bare, "id": "e2", "type": "post.edited", "data": later})
        read(channel, self.whole(bare))
        (message,) = Message.objects.all()
        assert (message.text, message.media) == ("At gate 21", [])


class TestAside:
    def test_run_again_after_the_fix(self, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
        def not_yet(body: bytes, ours: str) -> Any:
            raise Unreadable("posts of this kind are not known yet")

        with monkeypatch.context() as patch:
            patch.setattr(translation, "translate", not_yet)
            read(channel, created("1"))
        agent = an_agent(channel.brand)
        aside = receive.set_aside(agent, channel.brand)
        assert [one.reason for one in aside] == ["posts of this kind are not known yet"]
        assert receive.run_again(aside) == 1
        receive.Reader().read_all()
        assert Message.objects.count() == 1 and not receive.set_aside(agent).exists()

    def test_a_connector_that_breaks_stops_nobody(self, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
        translate = translation.translate

        def breaks(body: bytes, ours: str) -> Any:
            if b"poison" in body:
                raise RuntimeError("a mistake of ours")
            return translate(body)

        monkeypatch.setattr(translation, "translate", breaks)
        read(channel, created("1"), created("2", "poison"), created("3"))
        assert set(Message.objects.values_list("key", flat=True)) == {"1", "3"}
        assert Delivery.objects.get(key="e2").reason == "RuntimeError: a mistake of ours"

    @pytest.mark.parametrize(
        "failure", [ValueError("cannot be threaded"), UnicodeEncodeError("utf-8", "x", 0, 1, "no")]
    )
    def test_what_cannot_be_threaded_stops_nobody(
        self, channel: Channel, monkeypatch: pytest.MonkeyPatch, failure: Exception
    ) -> None:
        def fails(brand: int, quiet: timedelta, ours: Any, arrivals: Any, now: datetime) -> Any:
            if any(arrival.thing.text == "poison" for arrival in arrivals):
                raise failure
            return absorb(brand, quiet, ours, arrivals, now)

        monkeypatch.setattr("kikite.workflows.receive.absorb", fails)
        read(channel, created("1"), created("2", "poison"), created("3"))
        assert set(Message.objects.values_list("key", flat=True)) == {"1", "3"}
        assert Delivery.objects.get(set_aside_at__isnull=False).key == "e2"

    def test_credentials_that_cannot_be_decrypted_stop_no_reading(self, channel: Channel) -> None:
        Channel.objects.update(secrets=b"by a key that was lost")
        read(channel, created("1"))
        assert Message.objects.count() == 1

    def test_a_network_that_is_no_more(self, channel: Channel) -> None:
        other = a_channel()
        Channel.objects.filter(pk=other.pk).update(network="gone")
        keep(other, created("1"))
        read(channel, created("2"))
        assert list(Message.objects.values_list("key", flat=True)) == ["2"]
        assert "gone" in Delivery.objects.get(channel=other).reason


def _story() -> list[dict[str, Any]]:
    """A thread with an edit, an answer of ours and a deletion."""
    began = datetime.now(UTC) - timedelta(hours=1)
    ours = {"id": "us", "handle": "TsubameAir", "name": "Tsubame Air"}

    def at(minute: int) -> str:
        return (began + timedelta(minutes=minute)).isoformat()

    first = created("1", at=at(0))
    edited = {**created("1", "Where are my bags?", at=at(0), edited_at=at(5)), "id": "ex", "type": "post.edited"}
    answer = created("2", "Which flight?", at=at(6), reply_to="1", author=ours)
    reply = created("3", "TA 318", at=at(7), reply_to="2")
    other = created("4", "Never mind", at=at(8), reply_to="1")
    gone = {"id": "ey", "type": "post.deleted", "at": at(9), "data": {"id": "4", "at": at(9)}}
    return [first, edited, answer, reply, other, gone]


@pytest.mark.parametrize("seed", range(6))
def test_ten_times_and_out_of_order(seed: int) -> None:
    straight, shuffled = a_channel(), a_channel()
    Channel.objects.filter(pk__in=[straight.pk, shuffled.pk]).update(key="us")
    story = _story()
    read(straight, *story)
    dice, events = random.Random(seed), story * 10
    dice.shuffle(events)
    while events:
        count = dice.randint(1, 7)
        read(shuffled, *events[:count])
        events = events[count:]
    assert standing(shuffled.brand) == standing(straight.brand)
    assert len(standing(straight.brand)["messages"]) == 4


@pytest.mark.django_db(transaction=True)
def test_several_readers_at_once() -> None:
    channel = a_channel()
    keep(channel, *(created(str(number), author={"id": f"c{number % 7}"}) for number in range(300)))
    readers = [threading.Thread(target=_read_and_leave) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert Message.objects.filter(case__isnull=False).count() == 300
    assert Case.objects.count() == 7


def _read_and_leave() -> None:
    receive.Reader(batch=20).read_all()
    connection.close()
