"""Raw JSON beside the neutral message that it becomes (`samples/`), and nothing but Unreadable for everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.contract import Account, Incoming, Message, Unreadable
from kikite.networks.mastodon import network
from tests.networks.neutral import neutral
from tests.networks.spoiling import JSON, spoilt

SAMPLES = Path(__file__).parent / "samples"
RAW = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".neutral.json"))
KINDS = ("notification", "status", "delete")
ACCOUNT = Account(
    key="109000000000000001",
    handle="kikite_air@social.example",
    base_url="https://web.social.example",
    settings={"domain": "social.example"},
)


def read(kind: str, body: bytes) -> list[Incoming]:
    return network.translate(ACCOUNT, kind, body)


def kind_of(path: Path) -> str:
    return path.stem.split("-")[0]


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_sample(path: Path) -> None:
    assert neutral(read(kind_of(path), path.read_bytes())) == json.loads(path.with_suffix(".neutral.json").read_text())


def test_samples_are_there() -> None:
    assert len(RAW) >= 10


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("poke", b"{}", "no kind"),
        ("status", b"\xff\xfe", "UTF-8"),
        ("status", b"{", "JSON"),
        ("status", b"[1]", "no object"),
        ("status", b"[" * 200_000, "deep"),
        ("status", b'{"id":"1","account":{}}', "acct"),
        ("status", b'{"id":"../../x","account":{"id":"1","acct":"a"},"created_at":"2026-01-01T00:00:00Z"}', "id"),
        ("status", b'{"id":"1","account":{"id":"1","acct":"a"},"created_at":"yesterday"}', "created_at"),
        ("delete", b"", "id"),
        ("delete", "１２".encode(), "id"),
        ("status", b" " * 9_000_000, "larger"),
    ],
)
def test_what_is_wrong_is_said(kind: str, body: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(kind, body)


def with_content(**changes: Any) -> Message:
    data = json.loads((SAMPLES / "status-own-direct.json").read_text()) | changes
    (message,) = read("status", json.dumps(data).encode())
    assert isinstance(message, Message)
    return message


def test_what_no_database_takes_is_gone() -> None:
    message = with_content(content="<p>a\x00b\ud800c</p>", spoiler_text="\x00")
    assert message.text == "ab\ufffdc"
    message.text.encode()


def test_a_million_letters_and_markup_that_never_ends() -> None:
    assert len(with_content(content="x" * 1_000_000).text) == 1_000_000
    assert with_content(content="<" * 1_000_000).text == "<" * 1_000_000
    assert with_content(content="<a href='" * 100_000).text
    assert with_content(content="<a>" * 300_000).text == ""


def test_markup_in_every_field_stays_text() -> None:
    evil = "<script>alert(1)</script>'; DROP TABLE cases; --"
    message = with_content(spoiler_text=evil, language=evil, url="javascript:alert(1)", uri="data:x")
    assert message.warning == evil
    assert message.url == ""


def test_a_thread_of_very_many_people_has_a_short_name() -> None:
    crowd = [{"id": str(10**17 + n), "acct": f"p{n}", "url": f"https://social.example/@p{n}"} for n in range(50)]
    assert len(with_content(mentions=crowd).thread) <= 120
    assert with_content(mentions=crowd).thread == with_content(mentions=crowd[::-1]).thread


def survives(kind: str, body: bytes) -> None:
    things, trouble = [], ""
    try:
        things = read(kind, body)
    except Unreadable as error:
        trouble = str(error) or "nothing said"
    assert trouble != "nothing said"
    json.dumps(neutral(things)).encode()


@given(st.sampled_from(KINDS), st.binary(max_size=400))
def test_any_bytes(kind: str, body: bytes) -> None:
    survives(kind, body)


@given(st.sampled_from(KINDS), JSON)
def test_any_json(kind: str, value: Any) -> None:
    survives(kind, json.dumps(value).encode())


@settings(max_examples=400)
@given(st.data())
def test_any_sample_with_anything_anywhere(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(RAW))
    value = spoilt(data, json.loads(path.read_text()))
    survives(kind_of(path), json.dumps(value).encode())
