"""What every connector must do, whatever its network: the same cases over every stage."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kikite.networks.contract import (
    Absent,
    Account,
    BadSignature,
    Later,
    Part,
    Reason,
    Sent,
    Unauthorised,
    Unknown,
    Unreachable,
    Unreadable,
    Visibility,
)

from .desk import (
    Desk,
    Listener,
    State,
    absent,
    called,
    find,
    found_or_known,
    has_public,
    key_of,
    mangle,
    needs_private,
    needs_public,
    part,
    picture,
    words,
)
from .stage import Cannot, Stage

QUICK = 2.0  # seconds a request may take where the case makes it time out
_numbers = itertools.count(1)


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
        assert (message.visibility is not Visibility.PRIVATE) is has_public(stage)
        assert customer in called(stage, message.author) and message.author.key
        assert message.at.tzinfo is UTC
        assert abs(message.at - before) < timedelta(minutes=1)
        assert message.reply_to == _ground(stage) and message.edited_at is None

    def test_thread(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_public(stage)
        first = stage.post(customer, words("Is TA 318 late?"))
        second = stage.post(customer, words("It says so on the screen"), reply_to=first)
        third = stage.post("bystander", words("Mine too"), reply_to=second)
        message = desk.message(third)
        # Some networks keep one floor of answers: what answers an answer stands beside it.
        assert message.reply_to in (second, first) and desk.message(second).reply_to == first
        assert message.root in ("", first, _ground(stage))

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
        headers = dict(stage.network.media_headers(stage.account, medium.url))
        answer = httpx.get(medium.url, headers=headers, follow_redirects=not headers)
        assert answer.status_code == 200 and len(answer.content) > 50

    def test_private(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        text = words("My record locator is QK7T2M")
        message = desk.message(stage.whisper(customer, text))
        assert text in message.text
        assert message.visibility is Visibility.PRIVATE
        assert customer in called(stage, message.author)
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
        if not stage.network.capabilities.posts:
            raise Cannot("what we say here answers somebody")
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
        listener.ending = True
        stage.post(customer, words("The last word"))
        listener.join()
        assert polled & set(listener.deliveries), "the stream names the same event by another key"

    def test_rubbish(self, stage: Stage, desk: Desk, customer: str) -> None:
        try:
            key = stage.post(customer, words("Something to spoil"), picture=picture())
        except Cannot:
            key = _said(stage, customer, words("Something to spoil"))
        desk.message(key)
        bodies = [(delivery.kind, delivery.body) for delivery in desk.deliveries.values()][-20:]

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(bodies), st.randoms(use_true_random=False), st.binary(max_size=200))
        def spoil(sample: tuple[str, bytes], chance: random.Random, noise: bytes) -> None:
            kind, body = sample
            mangled = orjson.dumps(mangle(orjson.loads(body), chance))
            for spoilt in (noise, body[: chance.randrange(len(body))], mangled):
                with contextlib.suppress(Unreadable):
                    assert isinstance(stage.network.translate(stage.account, kind, spoilt), list)

        spoil()

    def test_unproven_webhook(self, stage: Stage) -> None:
        for headers in ({}, {"x-practice-signature": "sha256=00"}, {"x-hub-signature-256": "é"}):
            with pytest.raises(BadSignature):
                stage.network.receive(stage.account, headers, b'{"events":[]}')


class Sending:
    """What an agent sends stands there, once."""

    def test_reply(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_public(stage)
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
        if "poll" in stage.network.capabilities.reads_by:
            assert desk.message(outcome.key).visibility is Visibility.PRIVATE
            assert desk.message(outcome.key).thread == message.thread

    def test_second_part_of_a_thread(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_public(stage)
        message = desk.message(stage.post(customer, words("What am I owed?")))
        first = part(words("It depends on the distance 1/2"), message)
        (sent,) = desk.send(first)
        assert isinstance(sent, Sent)
        second = replace(part(words("and on the delay 2/2")), reply_to=sent.key, root=message.key)
        (outcome,) = desk.send(second)
        assert isinstance(outcome, Sent)
        (place,) = [post.reply_to for post in stage.standing() if post.key == outcome.key]
        assert place in (sent.key, message.key)

    def test_again(self, stage: Stage, desk: Desk, customer: str) -> None:
        reply = part(words("We have it"), desk.message(stage.post(customer, words("Did you get it?"))))
        (first,) = desk.send(reply)
        assert isinstance(first, Sent)
        if stage.network.capabilities.idempotent:
            (second,) = desk.send(reply)
            assert isinstance(second, Sent) and second.key == first.key
        assert key_of(found_or_known(stage, reply)) == first.key
        assert desk.standing(reply.text) == [first.key]

    def test_the_same_words_twice_in_one_place(self, stage: Stage, desk: Desk, customer: str) -> None:
        message = desk.message(stage.post(customer, words("Thanks both of you")))
        first = part(words("You are welcome"), message)
        (sent,) = desk.send(first)
        assert isinstance(sent, Sent)
        second = part(first.text, message)
        if not stage.network.capabilities.looks_up:
            raise Cannot("what was sent here cannot be looked up")
        with stage.network.connect(stage.account) as connection:
            assert isinstance(connection.find(second, {sent.key}), Absent)

    def test_parent_gone(self, stage: Stage, desk: Desk, customer: str) -> None:
        key = stage.post(customer, words("Forget it"))
        message = desk.message(key)
        stage.erase(customer, key)
        (outcome,) = desk.send(part(words("We will not"), message))
        assert isinstance(outcome, Sent) or outcome.reason is Reason.GONE  # type: ignore[union-attr]

    def test_take_back(self, stage: Stage, desk: Desk, customer: str) -> None:
        if not stage.network.capabilities.deletes:
            raise Cannot("what was posted here cannot be taken back")
        text = words("Sent by mistake")
        (sent,) = desk.send(_ours(stage, desk, customer, text))
        assert isinstance(sent, Sent)
        with stage.network.connect(stage.account) as connection:
            assert isinstance(connection.delete(sent.key), Sent)
            assert isinstance(connection.delete(sent.key), Sent)
        assert desk.standing(text) == []

    def test_too_long(self, stage: Stage, desk: Desk, customer: str) -> None:
        text = words("x" * (stage.network.limits(stage.account).length + 1))
        (outcome,) = desk.send(_ours(stage, desk, customer, text))
        assert getattr(outcome, "reason", None) in (Reason.TOO_LONG, Reason.INVALID)
        assert desk.standing(text) == []


class Trouble:
    """Limits, dead tokens, lost answers and lost servers: nothing missed, nothing twice."""

    def test_rate_limit(self, stage: Stage, desk: Desk, customer: str) -> None:
        wait = timedelta(seconds=3)
        held = _ours(stage, desk, customer, words("After the wait"))
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
        held = _ours(stage, desk, customer, words("Before and after"))
        stage.expire()
        try:
            missed = _said(stage, customer, words("You would have missed this"))
            with pytest.raises(Unauthorised):
                desk.poll()
            (outcome,) = desk.send(held)
            assert isinstance(outcome, Later) and outcome.reason is Reason.UNAUTHORISED
        finally:
            renewed: Account = stage.renew()
        assert renewed.key == stage.account.key
        stage.account = renewed
        assert desk.message(missed).author.key
        (outcome,) = desk.send(held)
        assert isinstance(outcome, Sent)
        assert desk.standing(held.text) == [outcome.key]

    def test_lost_request(self, stage: Stage, desk: Desk, customer: str) -> None:
        reply = part(words("Never got there"), desk.message(stage.post(customer, words("Hello?"))))
        stage.lose_request()
        (outcome,) = desk.send(reply, timeout=QUICK)
        assert isinstance(outcome, Unknown | Later)
        assert absent(stage, reply)
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
        assert desk.standing(reply.text) == [key_of(found_or_known(stage, reply))]

    def test_lost_private_answer(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        reply = part(words("Got there, privately"), desk.message(stage.whisper(customer, words("Psst"))))
        assert absent(stage, reply)
        stage.lose_answer()
        (outcome,) = desk.send(reply, timeout=QUICK)
        assert isinstance(outcome, Unknown)
        assert desk.standing(reply.text) == [key_of(found_or_known(stage, reply))]

    def test_server_gone(self, stage: Stage, desk: Desk, customer: str) -> None:
        held = _ours(stage, desk, customer, words("Kept until it is back"))
        key = _said(stage, customer, words("Just before it went down"))
        stage.stop()
        try:
            with pytest.raises(Unreachable):
                desk.poll()
            (outcome,) = desk.send(held, timeout=QUICK)
            assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE
            assert isinstance(find(stage, held, timeout=QUICK), Later | Unknown)
        finally:
            stage.start()
        assert desk.message(key).author.key
        assert absent(stage, held)
        (outcome,) = desk.send(held)
        assert isinstance(outcome, Sent)
        assert desk.standing(held.text) == [outcome.key]


def _ground(stage: Stage) -> str:
    return getattr(stage, "ground", "")


def _said(stage: Stage, customer: str, text: str) -> str:
    """The key of a customer's words: public where the network has public words."""
    try:
        return stage.post(customer, text)
    except Cannot:
        return stage.whisper(customer, text)


def _ours(stage: Stage, desk: Desk, customer: str, text: str) -> Part:
    """Words of ours that the network takes at any time: by themselves, else in answer to a customer."""
    if stage.network.capabilities.posts:
        return part(text)
    return part(text, desk.message(_said(stage, customer, words("Hello?"))))
