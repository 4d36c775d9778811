"""Webhook calls: opened after their signature, thing by thing, under names that do not depend on company."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.contract import Account, BadSignature, Delivery, Unreadable
from kikite.networks.facebook import network
from kikite.networks.meta.signing import digest, verify_token
from tests.networks.meta.neutral import JSON

SECRET = "0123456789abcdef0123456789abcdef"
ACCOUNT = Account("20", "TsubameAir", "https://graph.facebook.com", {"app_secret": SECRET})


def opened(value: Any) -> list[Delivery]:
    body = json.dumps(value).encode()
    return network.receive(ACCOUNT, {"x-hub-signature-256": f"sha256={digest(SECRET, body)}"}, body)


def message(mid: str, text: str = "Hello") -> dict[str, Any]:
    sent = {"sender": {"id": "7"}, "recipient": {"id": "20"}, "timestamp": 1458692752478}
    return {**sent, "message": {"mid": mid, "text": text}}


def comment(key: str) -> dict[str, Any]:
    value = {
        "from": {"id": "7", "name": "A"}, "item": "comment", "comment_id": key, "post_id": "20_4", "verb": "add",
        "parent_id": "20_4", "created_time": 1520544814, "message": "Hi",
    }  # fmt: skip
    return {"field": "feed", "value": value}


def call(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"object": "page", "entry": list(entries)}


def test_a_call_of_many_is_many_deliveries_each_for_its_account() -> None:
    many = call(
        {"id": "20", "time": 1, "messaging": [message("m_1"), message("m_2")]},
        {"id": "21", "time": 1, "changes": [comment("4_5")], "standby": [message("m_3")]},
    )
    found = opened(many)
    assert [(one.account, one.kind) for one in found] == [
        ("20", "event"), ("20", "event"), ("21", "change"), ("21", "apart"),
    ]  # fmt: skip
    assert [one.key for one in found[:2]] == ["message:m_1", "message:m_2"]
    told = [item for one in found for item in network.translate(ACCOUNT, one.kind, one.body)]
    assert [getattr(item, "key", "") for item in told] == ["m_1", "m_2", "4_5"]


def test_alone_or_in_company_the_name_is_the_same() -> None:
    alone = opened(call({"id": "20", "time": 1, "changes": [comment("4_5")]}))
    company = opened(call({"id": "20", "time": 9, "changes": [comment("4_6"), comment("4_5")]}))
    assert alone[0].key in {one.key for one in company}


def test_a_call_with_one_thing_is_kept_to_the_byte() -> None:
    body = json.dumps(call({"id": "20", "time": 1, "messaging": [message("m_1")]}), indent=3).encode()
    (found,) = network.receive(ACCOUNT, {"x-hub-signature-256": f"sha256={digest(SECRET, body)}"}, body)
    assert found.body == body


def test_of_another_kind_of_object() -> None:
    with pytest.raises(Unreadable):
        opened({"object": "user", "entry": []})


@given(JSON)
def test_any_signed_json_is_opened_or_unreadable(value: Any) -> None:
    for whole in (value, call(), {"object": "page", "entry": value}, call({"id": "20", "time": 1, "changes": [value]})):
        with suppress(Unreadable):
            assert isinstance(opened(whole), list)


@given(st.binary(max_size=100), st.text(max_size=80))
def test_without_its_signature_nothing_is_opened(body: bytes, signature: str) -> None:
    with pytest.raises(BadSignature):
        network.receive(ACCOUNT, {"x-hub-signature-256": signature}, body)


def test_the_handshake_wants_its_word() -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    token = verify_token(ACCOUNT)
    assert token and SECRET not in token
    assert network.handshake(ACCOUNT, {**asked, "hub.verify_token": token}).body == b"1158201444"
    for wrong in ({"hub.verify_token": "no"}, {"hub.verify_token": token, "hub.mode": "x"}, {}):
        with pytest.raises(BadSignature):
            network.handshake(ACCOUNT, {**asked, **wrong})
    with pytest.raises(BadSignature):
        network.handshake(ACCOUNT, {**asked, "hub.verify_token": token, "hub.challenge": "<script>"})
