"""Raw JSON beside the neutral things that it becomes (`samples/`), and nothing but Unreadable for everything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kikite.networks.contract import Account, Incoming
from kikite.networks.instagram import network
from tests.networks.meta.neutral import JSON, KINDS, neutral, places, raw_samples, spoilt, survives

RAW = raw_samples(Path(__file__).parent / "samples")
ACCOUNT = Account("17841405309211844", "tsubame_air", "https://graph.instagram.com")


def read(kind: str, body: bytes) -> list[Incoming]:
    return network.translate(ACCOUNT, kind, body)


def kind_of(path: Path) -> str:
    return path.stem.split("-")[0]


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_sample(path: Path) -> None:
    assert neutral(read(kind_of(path), path.read_bytes())) == json.loads(path.with_suffix(".neutral.json").read_text())


def test_samples_are_there() -> None:
    assert len(RAW) >= 20


@given(st.sampled_from(KINDS), st.binary(max_size=400))
def test_any_bytes(kind: str, body: bytes) -> None:
    survives(read, kind, body)


@given(st.sampled_from(KINDS), JSON)
def test_any_json(kind: str, value: Any) -> None:
    survives(read, kind, json.dumps(value).encode())


@settings(max_examples=400)
@given(st.sampled_from(RAW), st.data())
def test_a_sample_with_anything_in_any_place(path: Path, data: st.DataObject) -> None:
    value = json.loads(path.read_text())
    place = data.draw(st.sampled_from(places(value)))
    survives(read, kind_of(path), json.dumps(spoilt(value, place, data.draw(JSON))).encode())
