"""What every connector must do, whatever its network: the same cases over every stage."""

from __future__ import annotations

import contextlib
import itertools
import random
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kikite.networks.contract import (
    Absent,
    Account,
    BadSignature,
    Connection,
    Deletion,
    Delivery,
    Later,
    Message,
    NetworkTrouble,
    Outcome,
    Part,
    Reason,
    Sent,
    Unauthorised,
    Unknown,
    Unreachable,
    Unreadable,
    Visibility,
)

from .stage import Cannot, Stage

PATIENCE = 30.0  # seconds until something that must come counts as missed
QUICK = 2.0  # seconds a request may take where the case makes it time out
_numbers = itertools.count(1)


def words(what: str) -> str:
    """A sentence that no other case uses."""
    return f"{what} {uuid.uuid4().hex[:8]}"


def part(text: str, to: Message | None = None, **more: Any) -> Part:
    """Something to send; a reply to `to` by the way it came."""
    made = Part(key=uuid.uuid4().hex, text=text, written_at=datetime.now(UTC), **more)
    if to is None:
        return made
    private = to.visibility is Visibility.PRIVATE
    made = replace(made, reply_to=to.key, root=to.root or to.key, to=to.author, thread=to.thread)
    return replace(made, visibility=Visibility.PRIVATE) if private else made


@dataclass
class State:
    """What deliveries add up to, in whatever order they are read: the rule of `contract.Message.edited_at`."""

    messages: dict[str, Message] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def read(self, stage: Stage, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            for item in stage.network.translate(stage.account, delivery.kind, delivery.body):
                if isinstance(item, Deletion):
                    self.gone.add(item.key)
                elif isinstance(item, Message):
                    self._keep(item)

    def _keep(self, message: Message) -> None:
        kept = self.messages.get(message.key)
        if kept is None or (message.edited_at or message.at) > (kept.edited_at or kept.at):
            self.messages[message.key] = message

    def standing(self) -> dict[str, str]:
        return {key: message.text for key, message in self.messages.items() if key not in self.gone}


class Desk:
    """The least that reads a network: a cursor, and what the deliveries say so far."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.cursor = ""
        self.deliveries: dict[str, Delivery] = {}
        self.state = State()

    def poll(self) -> None:
        with self.stage.network.connect(self.stage.account) as connection:
            more = True
            while more:
                page = connection.poll(self.cursor)
                self.cursor, more = page.cursor, page.more
                self.deliveries |= {delivery.key: delivery for delivery in page.deliveries}
                self.state.read(self.stage, page.deliveries)

    def until(self, seen: Callable[[], bool], what: str) -> None:
        """Poll until it is so. Fails after PATIENCE."""
        end = time.monotonic() + PATIENCE
        while True:
            self.poll()
            if seen():
                return
            assert time.monotonic() < end, f"{what} did not arrive"
            time.sleep(0.1)

    def message(self, key: str) -> Message:
        self.until(lambda: key in self.state.messages, f"message {key}")
        return self.state.messages[key]

    def send(self, *parts: Part, timeout: float = 15.0) -> list[Outcome]:
        with self.stage.network.connect(self.stage.account, timeout=timeout) as connection:
            return [connection.send(part) for part in parts]

    def standing(self, text: str) -> list[str]:
        """The keys of the brand's posts with these words."""
        return [post.key for post in self.stage.standing() if text in post.text]


@pytest.fixture
def customer() -> str:
    """Somebody new."""
    return f"guest{next(_numbers)}"


class Reading:
    """What customers do arrives, once and whole."""

    def test_identity(self, stage: Stage) -> None:
        with stage.network.connect(stage.account) as connection:
            identity = connection.identify()
        assert identity.author.key == stage.account.key
        assert identity.author.handle == stage.account.handle

    def test_post(self, stage: Stage, desk: Desk, customer: str) -> None:
        text, before = words("My bag did not come. 荷物が出てきません"), datetime.now(UTC)
        message = desk.message(stage.post(customer, text))
        assert text in message.text
        assert message.visibility is not Visibility.PRIVATE
        assert customer in message.author.handle and message.author.key
        assert message.at.tzinfo is UTC
        assert abs(message.at - before) < timedelta(minutes=1)
        assert message.reply_to == "" and message.edited_at is None

    def test_thread(self, stage: Stage, desk: Desk, customer: str) -> None:
        first = stage.post(customer, words("Is TA 318 late?"))
        second = stage.post(customer, words("It says so on the screen"), reply_to=first)
        third = stage.post("bystander", words("Mine too"), reply_to=second)
        message = desk.message(third)
        assert (message.reply_to, desk.message(second).reply_to) == (second, first)
        assert message.root in ("", first)

    def test_edit(self, stage: Stage, desk: Desk, customer: str) -> None:
        if not stage.network.capabilities.edits:
            raise Cannot("authors cannot change what they posted here")
        key = stage.post(customer, words("I am at gate 12"))
        desk.message(key)
        text = words("I am at gate 21")
        stage.edit(customer, key, text)
        desk.until(lambda: text in desk.state.messages[key].text, "the edit")
        assert desk.state.messages[key].edited_at is not None

    def test_deletion(self, stage: Stage, desk: Desk, customer: str) -> None:
        key = stage.post(customer, words("Never mind"))
        desk.message(key)
        stage.erase(customer, key)
        desk.until(lambda: key in desk.state.gone, "the deletion")

    def test_picture(self, stage: Stage, desk: Desk, customer: str) -> None:
        (medium,) = desk.message(stage.post(customer, words("Look at this"), picture=picture())).media
        assert medium.kind == "image"
        answer = httpx.get(medium.url, follow_redirects=True)
        assert answer.status_code == 200 and len(answer.content) > 50

    def test_private(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        text = words("My record locator is QK7T2M")
        message = desk.message(stage.whisper(customer, text))
        assert text in message.text
        assert message.visibility is Visibility.PRIVATE
        assert customer in message.author.handle
        assert stage.account.key in {author.key for author in message.to}

    def test_again_with_the_old_cursor(self, stage: Stage, desk: Desk, customer: str) -> None:
        old, known = desk.cursor, set(desk.deliveries)
        key = stage.post(customer, words("Anybody there?"))
        desk.message(key)
        fresh = set(desk.deliveries) - known
        again = Desk(stage)
        again.cursor = old
        again.message(key)
        assert fresh <= set(again.deliveries)
        assert desk.state.messages[key] == again.state.messages[key]

    def test_any_order(self, stage: Stage, desk: Desk, customer: str) -> None:
        known = set(desk.deliveries)
        first = stage.post(customer, words("One"))
        second = stage.post(customer, words("Two"), reply_to=first)
        desk.message(second)
        stage.erase(customer, second)
        desk.until(lambda: second in desk.state.gone, "the deletion")
        fresh = [delivery for key, delivery in desk.deliveries.items() if key not in known]
        for seed in range(5):
            state, shuffled = State(), fresh * 2
            random.Random(seed).shuffle(shuffled)
            state.read(stage, shuffled)
            assert first in state.standing() and second not in state.standing()

    def test_own_post(self, stage: Stage, desk: Desk) -> None:
        text = words("Good morning from Narita. おはようございます")
        (outcome,) = desk.send(part(text))
        assert isinstance(outcome, Sent)
        message = desk.message(outcome.key)
        assert message.author.key == stage.account.key and text in message.text

    def test_stream(self, stage: Stage, desk: Desk, customer: str) -> None:
        if "stream" not in stage.network.capabilities.reads_by:
            raise Cannot("this network has no stream")
        known = set(desk.deliveries)
        listener = Listener(stage)
        text = words("Said live")
        key = stage.post(customer, text)
        listener.until(key)
        desk.message(key)
        assert listener.state.messages[key] == desk.state.messages[key]
        polled = set(desk.deliveries) - known
        listener.until(stage.post(customer, words("The last word")), last=True)
        assert polled & set(listener.deliveries), "the stream names the same event by another key"

    def test_rubbish(self, stage: Stage, desk: Desk, customer: str) -> None:
        desk.message(stage.post(customer, words("Something to spoil"), picture=picture()))
        bodies = [(delivery.kind, delivery.body) for delivery in desk.deliveries.values()][-20:]

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(bodies), st.randoms(use_true_random=False), st.binary(max_size=200))
        def spoil(sample: tuple[str, bytes], chance: random.Random, noise: bytes) -> None:
            kind, body = sample
            for spoilt in (
                noise,
                body[: chance.randrange(len(body))],
                orjson.dumps(mangle(orjson.loads(body), chance)),
            ):
                try:
                    stage.network.translate(stage.account, kind, spoilt)
                except Unreadable as error:
                    assert str(error)

        spoil()

    def test_unproven_webhook(self, stage: Stage) -> None:
        for headers in ({}, {"x-practice-signature": "sha256=00"}, {"x-hub-signature-256": "é"}):
            with pytest.raises(BadSignature):
                stage.network.receive(stage.account, headers, b'{"events":[]}')


class Sending:
    """What an agent sends stands there, once."""

    def test_reply(self, stage: Stage, desk: Desk, customer: str) -> None:
        message = desk.message(stage.post(customer, words("Where is my bag?")))
        reply = part(words("On the next flight, so sorry. ^CP"), message)
        (outcome,) = desk.send(reply)
        assert isinstance(outcome, Sent)
        assert desk.standing(reply.text) == [outcome.key]
        (post,) = [post for post in stage.standing() if post.key == outcome.key]
        assert post.reply_to == message.key

    def test_private_reply(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        message = desk.message(stage.whisper(customer, words("QK7T2M, please move me")))
        reply = part(words("Done, seat 14A. ^CP"), message)
        (outcome,) = desk.send(reply)
        assert isinstance(outcome, Sent)
        assert desk.standing(reply.text) == [outcome.key]
        assert desk.message(outcome.key).visibility is Visibility.PRIVATE
        assert desk.message(outcome.key).thread == message.thread

    def test_second_part_of_a_thread(self, stage: Stage, desk: Desk, customer: str) -> None:
        message = desk.message(stage.post(customer, words("What am I owed?")))
        first = part(words("It depends on the distance 1/2"), message)
        (sent,) = desk.send(first)
        assert isinstance(sent, Sent)
        second = replace(part(words("and on the delay 2/2")), reply_to=sent.key, root=message.key)
        (outcome,) = desk.send(second)
        assert isinstance(outcome, Sent)
        assert [post.reply_to for post in stage.standing() if post.key == outcome.key] == [sent.key]

    def test_again(self, stage: Stage, desk: Desk, customer: str) -> None:
        reply = part(words("We have it"), desk.message(stage.post(customer, words("Did you get it?"))))
        (first,) = desk.send(reply)
        assert isinstance(first, Sent)
        if stage.network.capabilities.idempotent:
            (second,) = desk.send(reply)
            assert isinstance(second, Sent) and second.key == first.key
        assert key_of(find(stage, reply)) == first.key
        assert desk.standing(reply.text) == [first.key]

    def test_parent_gone(self, stage: Stage, desk: Desk, customer: str) -> None:
        key = stage.post(customer, words("Forget it"))
        message = desk.message(key)
        stage.erase(customer, key)
        (outcome,) = desk.send(part(words("We will not"), message))
        assert isinstance(outcome, Sent) or outcome.reason is Reason.GONE  # type: ignore[union-attr]

    def test_take_back(self, stage: Stage, desk: Desk) -> None:
        if not stage.network.capabilities.deletes:
            raise Cannot("what was posted here cannot be taken back")
        text = words("Sent by mistake")
        (sent,) = desk.send(part(text))
        assert isinstance(sent, Sent)
        with stage.network.connect(stage.account) as connection:
            assert isinstance(connection.delete(sent.key), Sent)
            assert isinstance(connection.delete(sent.key), Sent)
        assert desk.standing(text) == []

    def test_too_long(self, stage: Stage, desk: Desk) -> None:
        text = words("x" * (stage.network.limits(stage.account).length + 1))
        (outcome,) = desk.send(part(text))
        assert getattr(outcome, "reason", None) in (Reason.TOO_LONG, Reason.INVALID)
        assert desk.standing(text) == []


class Trouble:
    """Limits, dead tokens, lost answers and lost servers: nothing missed, nothing twice."""

    def test_rate_limit(self, stage: Stage, desk: Desk) -> None:
        wait = timedelta(seconds=3)
        held = part(words("After the wait"))
        stage.limit(wait)
        asked = datetime.now(UTC)
        (outcome,) = desk.send(held)
        assert isinstance(outcome, Later) and outcome.reason is Reason.RATE_LIMITED
        assert outcome.until is not None and abs(outcome.until - asked - wait) < timedelta(seconds=2)
        time.sleep(max(0.0, (outcome.until - datetime.now(UTC)).total_seconds()))
        (outcome,) = desk.send(held)
        assert isinstance(outcome, Sent)
        assert desk.standing(held.text) == [outcome.key]

    def test_expired_token(self, stage: Stage, desk: Desk, customer: str) -> None:
        held = part(words("Before and after"))
        stage.expire()
        try:
            missed = stage.post(customer, words("You would have missed this"))
            with pytest.raises(Unauthorised):
                desk.poll()
            (outcome,) = desk.send(held)
            assert isinstance(outcome, Later) and outcome.reason is Reason.UNAUTHORISED
        finally:
            renewed: Account = stage.renew()
        assert renewed.key == stage.account.key
        stage.account = renewed
        assert desk.message(missed).author.handle
        (outcome,) = desk.send(held)
        assert isinstance(outcome, Sent)
        assert desk.standing(held.text) == [outcome.key]

    def test_lost_request(self, stage: Stage, desk: Desk, customer: str) -> None:
        reply = part(words("Never got there"), desk.message(stage.post(customer, words("Hello?"))))
        stage.lose_request()
        (outcome,) = desk.send(reply, timeout=QUICK)
        assert isinstance(outcome, Unknown | Later)
        assert isinstance(find(stage, reply), Absent)
        (outcome,) = desk.send(reply)
        assert isinstance(outcome, Sent)
        assert desk.standing(reply.text) == [outcome.key]

    def test_lost_answer(self, stage: Stage, desk: Desk, customer: str) -> None:
        reply = part(words("Got there"), desk.message(stage.post(customer, words("Hello again?"))))
        stage.lose_answer()
        started = time.monotonic()
        (outcome,) = desk.send(reply, timeout=QUICK)
        assert time.monotonic() - started < QUICK + 1
        assert isinstance(outcome, Unknown)
        assert desk.standing(reply.text) == [key_of(find(stage, reply))]

    def test_lost_private_answer(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        reply = part(words("Got there, privately"), desk.message(stage.whisper(customer, words("Psst"))))
        assert isinstance(find(stage, reply), Absent)
        stage.lose_answer()
        (outcome,) = desk.send(reply, timeout=QUICK)
        assert isinstance(outcome, Unknown)
        assert desk.standing(reply.text) == [key_of(find(stage, reply))]

    def test_server_gone(self, stage: Stage, desk: Desk, customer: str) -> None:
        key, held = stage.post(customer, words("Just before it went down")), part(words("Kept until it is back"))
        stage.stop()
        try:
            with pytest.raises(Unreachable):
                desk.poll()
            (outcome,) = desk.send(held, timeout=QUICK)
            assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE
            assert isinstance(find(stage, held, timeout=QUICK), Later | Unknown)
        finally:
            stage.start()
        assert desk.message(key).author.handle
        assert isinstance(find(stage, held), Absent)
        (outcome,) = desk.send(held)
        assert isinstance(outcome, Sent)
        assert desk.standing(held.text) == [outcome.key]


class Listener:
    """Reads the stream in a thread of its own, up to the message that it is told is the last."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.state = State()
        self.deliveries: dict[str, Delivery] = {}
        self._changed = threading.Condition()
        self._last = ""
        self._open = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self._wait(lambda: self._open, "the stream's first sign of life")

    def until(self, key: str, *, last: bool = False) -> None:
        with self._changed:
            self._last = key if last else ""
        self._wait(lambda: key in self.state.messages, f"message {key} on the stream")
        if last:
            self._thread.join(PATIENCE)

    def _wait(self, seen: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(seen, PATIENCE), f"{what} did not come"

    def _listen(self) -> None:
        with self.stage.network.connect(self.stage.account) as connection:
            try:
                self._follow(connection)
            except NetworkTrouble:
                return

    def _follow(self, connection: Connection) -> None:
        for delivery in connection.stream():
            with self._changed:
                self._open = True
                if delivery is not None:
                    self.deliveries[delivery.key] = delivery
                    self.state.read(self.stage, [delivery])
                self._changed.notify_all()
                if self._last and self._last in self.state.messages:
                    return


def needs_private(stage: Stage) -> None:
    if not stage.network.capabilities.private_messages:
        raise Cannot("this network has no private messages")


def find(stage: Stage, what: Part, timeout: float = 15.0) -> object:
    with stage.network.connect(stage.account, timeout=timeout) as connection:
        return connection.find(what)


def key_of(found: object) -> str:
    assert isinstance(found, Sent), f"not found: {found}"
    return found.key


def mangle(value: Any, chance: random.Random) -> Any:
    """The same JSON with something in it replaced by what does not belong there."""
    rubbish: list[Any] = [None, 7, -1, 1e300, "", "x" * 300, "not-a-time", [], {}, [None], True, "2026-13-40T99:00Z"]
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(sorted(value))
        if chance.random() < 0.15:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: mangle(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        return [*value[:place], mangle(value[place], chance), *value[place + 1 :]]
    return chance.choice(rubbish)


def picture(width: int = 48, height: int = 32) -> bytes:
    """A PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\x2a\x6b\xa0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
