"""Webhook calls: the challenge, the proof, whose they are, and that the same thing has one key however it comes."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.contract import BadSignature, Delivery, Unreadable
from kikite.networks.x import network

from .accounts import ACCOUNT, ME, SECRET

SAMPLES = Path(__file__).parent / "samples"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"x-twitter-webhooks-signature": f"sha256={digest}"}


def opened(name: str) -> Delivery:
    body = (SAMPLES / f"{name}.json").read_bytes()
    (delivery,) = network.receive(ACCOUNT, signed(body), body)
    assert delivery.body == body
    return delivery


def event(kind: str, payload: Any, **more: Any) -> bytes:
    data = {"event_uuid": "-12", "filter": {"user_id": ME}, "event_type": kind, "payload": payload, **more}
    return json.dumps({"data": data}).encode()


def key_of(body: bytes) -> str:
    return network.receive(ACCOUNT, signed(body), body)[0].key


def test_challenge() -> None:
    told = network.handshake(ACCOUNT, {"crc_token": "challenge_string", "nonce": "x"})
    digest = hmac.new(SECRET.encode(), b"challenge_string", hashlib.sha256).digest()
    assert json.loads(told.body) == {"response_token": f"sha256={base64.b64encode(digest).decode()}"}
    assert told.mime == "application/json"


@pytest.mark.parametrize("query", [{}, {"crc_token": ""}, {"crc_token": "x" * 5000}, {"hub.challenge": "1"}])
def test_a_challenge_without_its_token(query: dict[str, str]) -> None:
    with pytest.raises(BadSignature, match="crc_token"):
        network.handshake(ACCOUNT, query)


def test_without_a_consumer_secret_nothing_is_proven() -> None:
    bare = replace(ACCOUNT, secrets={"access_token": "token"})
    with pytest.raises(BadSignature):
        network.handshake(bare, {"crc_token": "x"})
    with pytest.raises(BadSignature):
        network.receive(bare, signed(b"{}", ""), b"{}")


@pytest.mark.parametrize("told", ["", "sha256=", "sha256=AAAA", "é", "sha1=abc"])
def test_unproven(told: str) -> None:
    body = (SAMPLES / "post.mention.create.json").read_bytes()
    with pytest.raises(BadSignature):
        network.receive(ACCOUNT, {"x-twitter-webhooks-signature": told} if told else {}, body)
    with pytest.raises(BadSignature):
        network.receive(ACCOUNT, signed(body), body + b" ")
    with pytest.raises(BadSignature):
        network.receive(ACCOUNT, signed(body, "another app's"), body)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("post.mention.create", "post:2080765813578191303"),
        ("post.create", "post:2080761390344937796"),
        ("post.reply.create", "post:2090000000000000001:bare"),
        ("post.delete", "gone:2080761269309813134"),
        ("dm.received", "dm:2080765901528535096"),
        ("dm.received-picture", "dm:1582838499983564806"),
        ("chat.received", "chat:e4f4d3fc-8bbf-4928-92eb-e5058d6bb6f6"),
        ("oauth.revoke", "event:5934540941047412905"),
    ],
)
def test_keys(name: str, key: str) -> None:
    delivery = opened(name)
    assert (delivery.key, delivery.account, delivery.kind) == (key, ME, name.split("-", maxsplit=1)[0])


def test_another_accounts_event_says_so() -> None:
    body = event("post.delete", {"id": "5"}, filter={"user_id": "77"})
    (delivery,) = network.receive(ACCOUNT, signed(body), body)
    assert delivery.account == "77"


def test_two_messages_in_one_event_are_neither_of_them() -> None:
    said = [{"type": "message_create", "id": "1"}, {"type": "message_create", "id": "2"}]
    assert key_of(event("dm.received", {"direct_message_events": said})) == "event:-12"


def test_an_event_that_cannot_be_read_is_kept_by_its_digest() -> None:
    body = event("post.mention.create", {"id": "../x"})
    assert key_of(body) == f"event:{hashlib.sha256(body).hexdigest()}"
    with pytest.raises(Unreadable):
        network.translate(ACCOUNT, "post.mention.create", body)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data":[]}', b'{"data":{"event_type":7}}', b"\xff"])
def test_what_is_no_event(body: bytes) -> None:
    with pytest.raises(Unreadable):
        network.receive(ACCOUNT, signed(body), body)


@settings(max_examples=500, deadline=None)
@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_rubbish_that_is_signed(payload: Any) -> None:
    for kind in ("post.mention.create", "dm.received", "chat.received", "oauth.revoke", "x"):
        body = event(kind, payload, includes=payload, filter=payload)
        with contextlib.suppress(Unreadable):
            for delivery in network.receive(ACCOUNT, signed(body), body):
                network.translate(ACCOUNT, delivery.kind, delivery.body)
