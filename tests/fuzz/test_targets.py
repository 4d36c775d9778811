"""The fuzzing itself, for a moment: every network is a target, and runs on its seeds and a few spoilt ones."""

from __future__ import annotations

import random

import pytest

from kikite.networks.contract import Network
from kikite.networks.registry import NAMES, network

from . import shaped, targets
from .targets import Target

ALL = targets.targets()


def test_every_network_is_fuzzed() -> None:
    assert {target.name for target in ALL} == {
        f"{name}.{what}" for name in NAMES for what in ("translate", "receive", "handshake")
    }


@pytest.mark.parametrize("target", [one for one in ALL if one.name.endswith(".translate")], ids=lambda one: one.name)
def test_seeds_say_something(target: Target) -> None:
    """A seed that nothing is read from teaches the engines nothing."""
    one = network(target.name.partition(".")[0])
    assert any(_says(one, seed) for seed in target.seeds)


def _says(one: Network, seed: bytes) -> bool:
    kind, settings, body = targets._chosen(seed)
    try:
        return bool(one.translate(targets.account(one, settings), kind, body))
    except Exception:
        return False


@pytest.mark.parametrize("target", ALL, ids=lambda one: one.name)
def test_nothing_crashes(target: Target) -> None:
    for seed in target.seeds:
        target.run(seed)
    assert shaped.run(target, 0, examples=60) >= 1


def test_a_crash_is_found() -> None:
    """A translator that trusts what it is sent does not get far."""

    def trusting(given: bytes) -> None:
        if b'"text": 7' in given or b'"text":7' in given:
            raise TypeError("a number is no text")

    with pytest.raises(TypeError):
        shaped.run(Target("trusting", trusting, (b'0\n{"text":"a","at":"b"}',)), 20)
    assert shaped.spoilt(b'0\n{"text":"a"}', random.Random(1)).startswith(b"0\n")
