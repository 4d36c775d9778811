"""Neutral things as the JSON that stands beside the raw samples, and how both networks' samples are spoilt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from kikite.networks.contract import Incoming, Unreadable

KINDS = ("change", "event", "apart", "post", "comment", "message", "gone", "call")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)

type Read = Callable[[str, bytes], list[Incoming]]


def neutral(things: list[Incoming]) -> list[dict[str, Any]]:
    """What is empty is left out."""
    return [{"is": type(thing).__name__, **_shown(asdict(thing))} for thing in things]


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items() if one not in ("", None, (), False)}
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


def raw_samples(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if not path.name.endswith(".neutral.json"))


def survives(read: Read, kind: str, body: bytes) -> None:
    """Neutral things that can be kept, or Unreadable with words; nothing else."""
    things, trouble = list[Incoming](), "none"
    try:
        things = read(kind, body)
    except Unreadable as error:
        trouble = str(error)
    assert trouble
    json.dumps(neutral(things)).encode()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in a JSON value something else could stand."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inside for place in places(one, (*path, name)))]


def spoilt(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = spoilt(value[path[0]], path[1:], by)
    return made
