"""Raw JSON beside the neutral message that it becomes (`samples/`), and nothing but Unreadable for everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.contract import Account, Incoming, Media, Message, Unreadable
from kikite.networks.line import network
from tests.networks.neutral import neutral
from tests.networks.spoiling import JSON, spoilt

SAMPLES = Path(__file__).parent / "samples"
RAW = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".neutral.json"))
ACCOUNT = Account("U" + "b0" * 16, "tsubame", "https://api.line.me")


def read(body: bytes, kind: str = "event") -> list[Incoming]:
    return network.translate(ACCOUNT, kind, body)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def said(name: str, **changes: Any) -> Message:
    event = sample(name)
    event["message"] |= changes
    (message,) = read(json.dumps(event).encode())
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_sample(path: Path) -> None:
    assert neutral(read(path.read_bytes())) == json.loads(path.with_suffix(".neutral.json").read_text())


def test_samples_are_there() -> None:
    assert len(RAW) >= 15


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"{", "JSON"),
        (b"[1]", "no object"),
        (b"{}", "type is missing"),
        (b'{"type":"message","message":{}}', "source"),
        (b'{"type":"message","source":{"type":"user"},"message":{}}', "userId"),
        (b'{"type":"message","source":{"type":"user","userId":"U1"},"message":{"id":"../x"}}', "message.id"),
        (b'{"type":"message","source":{"type":"user","userId":"U1"},"message":{"id":"1","type":"file"}}', "timestamp"),
        (b'{"type":"unsend","unsend":{}}', "messageId"),
        (b" " * 9_000_000, "larger"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(body)


def test_another_kind_of_delivery() -> None:
    with pytest.raises(Unreadable, match="no kind"):
        read(b"{}", "poke")


def test_an_emoji_behind_an_emoji_of_two_units_is_found_by_line_s_count() -> None:
    message = said("text-quoting")
    assert [(one.kind, one.alt) for one in message.media] == [("emoji", "(brown)")]
    assert message.media[0].alt in message.text


def test_what_only_adorns_a_message_never_hides_it() -> None:
    message = said("text", emojis=[{"index": 3}, 7, {"index": 10**9, "length": 4, "productId": "p", "emojiId": "e"}])
    assert message.text and message.media == (Media("emoji", message.media[0].url, "", "image/png"),)
    assert said("location", latitude="north", longitude=1e300).text.startswith("my location")
    assert said("sticker", stickerId="../../x").media == ()
    assert said("image", contentProvider=None).media[0].url.endswith("/content")
    assert said("image-external", contentProvider={"type": "external", "originalContentUrl": "javascript:x"}).media


def test_files_lie_on_the_server_that_stands_in_for_line() -> None:
    there = Account("U1", "", "http://127.0.0.1:8008/")
    (message,) = network.translate(there, "event", (SAMPLES / "image.json").read_bytes())
    assert isinstance(message, Message)
    assert message.media[0].url == "http://127.0.0.1:8008/v2/bot/message/354718705033693859/content"


def survives(body: bytes) -> None:
    things: list[Incoming] = []
    trouble = ""
    try:
        things = read(body)
    except Unreadable as error:
        trouble = str(error) or "nothing said"
    assert trouble != "nothing said"
    json.dumps(neutral(things)).encode()


@given(st.binary(max_size=400))
def test_any_bytes(body: bytes) -> None:
    survives(body)


@given(JSON)
def test_any_json(value: Any) -> None:
    survives(json.dumps(value).encode())


@settings(max_examples=400)
@given(st.data())
def test_any_sample_with_anything_anywhere(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(RAW))
    survives(json.dumps(spoilt(data, json.loads(path.read_text()))).encode())
