"""Neutral messages as the JSON that stands beside the raw samples: what is empty is left out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from kikite.networks.contract import Incoming


def neutral(things: list[Incoming]) -> list[dict[str, Any]]:
    return [{"is": type(thing).__name__, **_shown(asdict(thing))} for thing in things]


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items() if one not in ("", None, (), False)}
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value
