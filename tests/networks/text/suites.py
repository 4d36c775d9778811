"""twitter-text's conformance suites, read from beside the checkout: they are not part of the repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]


def folder() -> Path:
    shared = os.environ.get("KIKITE_SHARED")
    return (Path(shared) if shared else REPOSITORY.parent / "shared") / "data" / "twitter-text"


def cases(suite: str, *names: str) -> pytest.MarkDecorator:
    """A parameter `case` for every case of these parts of a suite; without the suites one that is skipped."""
    path = folder() / f"{suite}.yml"
    if not path.exists():
        missing = pytest.param({}, id="absent", marks=pytest.mark.skip(reason=f"{path} is not on this machine"))
        return pytest.mark.parametrize("case", [missing])
    parts = _suite(path)
    chosen = [(name, case) for name in names or parts for case in parts[name]]
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=f"{name}: {case['description']}") for name, case in chosen]
    )


def _suite(path: Path) -> Mapping[str, list[dict[str, Any]]]:
    if str(path) not in _READ:
        _READ[str(path)] = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))[
            "tests"
        ]
    return _READ[str(path)]


_READ: dict[str, Mapping[str, list[dict[str, Any]]]] = {}
