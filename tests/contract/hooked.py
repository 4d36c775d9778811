"""Webhook calls: kept when they prove that the network made them, refused otherwise, and for whom they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from kikite.networks.contract import Author, BadSignature, Delivery, Message

from .desk import PATIENCE, Desk, words
from .stage import Cannot, Stage

type Call = tuple[Mapping[str, str], bytes]


@pytest.fixture
def hooked(stage: Stage) -> Iterator[Stage]:
    if "webhook" not in stage.network.able(stage.account).reads_by:
        pytest.skip("this network calls no webhooks")
    try:
        stage.hook()
    except Cannot as reason:
        pytest.skip(str(reason))
    yield stage
    stage.unhook()


class Hooked:
    """The signature over the raw body comes first, and nothing passes without it."""

    def test_a_call_says_what_a_poll_says(self, hooked: Stage, desk: Desk, customer: str) -> None:
        key = _said(hooked, customer)
        _, deliveries = _call(hooked, lambda found: found.key == key)
        told = [item for one in deliveries for item in hooked.network.translate(hooked.account, one.kind, one.body)]
        (message,) = [item for item in told if isinstance(item, Message) and item.key == key]
        assert {one.account for one in deliveries} <= {"", hooked.account.key}
        if "poll" in hooked.network.able(hooked.account).reads_by:
            assert _bare(hooked, desk.message(key)) == _bare(hooked, message)

    def test_no_call_passes_without_its_signature(self, hooked: Stage, customer: str) -> None:
        key = _said(hooked, customer)
        (headers, body), _ = _call(hooked, lambda found: found.key == key)
        signatures = [name for name in headers if "signature" in name]
        assert signatures
        receive = hooked.network.receive
        for spoilt in _spoilt(dict(headers), body, signatures):
            with pytest.raises(BadSignature):
                receive(hooked.account, *spoilt)
        others = {name: value[::-1] + "x" for name, value in hooked.account.secrets.items()}
        with pytest.raises(BadSignature):
            receive(replace(hooked.account, secrets=others), headers, body)
        nobodys = dict.fromkeys(hooked.account.secrets, "")
        with pytest.raises(BadSignature):
            receive(replace(hooked.account, secrets=nobodys), headers, body)

    def test_a_call_for_another_account_says_so(self, hooked: Stage, customer: str) -> None:
        other = hooked.elsewhere(customer, words("Said to somebody else"))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for headers, body in hooked.calls():
                if other in {one.account for one in hooked.network.receive(hooked.account, headers, body)}:
                    return
            time.sleep(0.1)
        raise AssertionError("no call for the other account came")

    def test_an_empty_question_is_not_answered(self, stage: Stage) -> None:
        for query in ({}, {"crc_token": ""}, {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}):
            with pytest.raises(BadSignature):
                stage.network.handshake(stage.account, query)


def _spoilt(headers: dict[str, str], body: bytes, signatures: list[str]) -> Iterator[Call]:
    """The call without its signatures, with other ones, and with another body."""
    yield {name: value for name, value in headers.items() if name not in signatures}, body
    for wrong in ("", "sha256=", "sha256=00", "sha1=00", "é", "A" * 5000):
        yield {**headers, **dict.fromkeys(signatures, wrong)}, body
    yield headers, body + b" "
    yield headers, body[:-1]
    yield headers, b""


def _bare(stage: Stage, message: Message) -> Message:
    """Where names and pictures are asked for apart, the two ways may tell different ones of them."""
    if not stage.network.capabilities.profiles_apart:
        return message
    return replace(message, author=Author(message.author.key, ""))


def _said(stage: Stage, customer: str) -> str:
    try:
        return stage.post(customer, words("Called by hook"))
    except Cannot:
        return stage.whisper(customer, words("Called by hook"))


def _call(stage: Stage, wanted: Callable[[Message], bool]) -> tuple[Call, list[Delivery]]:
    """The first call that holds a message like this."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for headers, body in stage.calls():
            found = stage.network.receive(stage.account, headers, body)
            told = [item for one in found for item in stage.network.translate(stage.account, one.kind, one.body)]
            if any(isinstance(item, Message) and wanted(item) for item in told):
                return (headers, body), found
        time.sleep(0.05)
    raise AssertionError("the call did not come")
