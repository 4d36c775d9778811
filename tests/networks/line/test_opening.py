"""Webhook calls: proven over the raw body, and taken apart without touching a byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.contract import Account, BadSignature, Delivery, Unreadable
from kikite.networks.line import network
from kikite.networks.line.opening import sign
from tests.networks.spoiling import JSON

SECRET = "0123456789abcdef0123456789abcdef"
ACCOUNT = Account("U" + "b0" * 16, "tsubame", "https://api.line.me", {"channel_secret": SECRET})
FIRST = b'{"webhookEventId" : "01FZ74A0TDDPYRVKNK77XKC3ZR", "type":"follow",  "x":"\\u0041\xe3\x81\x82 ]}"}'
SECOND = b'{"type":"unfollow","webhookEventId":"01FZ74ASS536FW97EX38NKCZQK"}'
CALL = b'{ "destination":"U' + b"b0" * 16 + b'",\n "events" : [ ' + FIRST + b" ,\n" + SECOND + b"] }\n"


def opened(body: bytes, signature: str | None = None, account: Account = ACCOUNT) -> list[Delivery]:
    return network.receive(account, {"x-line-signature": sign(SECRET, body) if signature is None else signature}, body)


def test_the_documented_signature() -> None:
    """As `echo -n BODY | openssl dgst -sha256 -hmac SECRET -binary | base64` gives it."""
    assert sign(
        "8c570fa6dd201bb328f1c1eac23a96d8", b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    ) == ("GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=")


def test_events_keep_their_bytes_and_their_ids() -> None:
    first, second = opened(CALL)
    assert (first.body, second.body) == (FIRST, SECOND)
    assert (first.key, second.key) == ("01FZ74A0TDDPYRVKNK77XKC3ZR", "01FZ74ASS536FW97EX38NKCZQK")
    assert {first.account, second.account} == {ACCOUNT.key} and {first.kind, second.kind} == {"event"}


def test_the_console_tries_the_address_with_no_events() -> None:
    assert opened(b'{"destination":"U1","events":[]}') == []


@pytest.mark.parametrize("signature", ["", "x", sign("another secret", CALL), sign(SECRET, CALL + b" "), "é\ud800"])
def test_what_is_not_proven(signature: str) -> None:
    with pytest.raises(BadSignature):
        opened(CALL, signature)


def test_without_a_secret_nothing_is_proven() -> None:
    with pytest.raises(BadSignature):
        opened(CALL, sign("", CALL), Account("U1", "", "https://api.line.me"))


def test_an_event_without_an_id_is_kept_by_its_digest() -> None:
    (delivery,) = opened(b'{"destination":7,"events":[{"type":"follow"}]}')
    assert delivery.key.startswith("event:") and delivery.account == ""


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"events":{}}', b'{"events":[1 2]}', b"\xff", b'{"events":' + b"[" * 100_000]
)
def test_what_is_signed_and_no_call(body: bytes) -> None:
    with pytest.raises(Unreadable):
        opened(body)


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 1, 2]))
def test_any_events(events: list[object], indent: int | None) -> None:
    body = json.dumps({"destination": ACCOUNT.key, "events": events}, indent=indent).encode()
    assert [json.dumps(json.loads(one.body)) for one in opened(body)] == [json.dumps(one) for one in events]
