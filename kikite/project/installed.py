"""The Django applications, and the migrations they bring: read from the disk, without Django."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "kikite.accounts",
    "kikite.channels",
    "kikite.customers",
    "kikite.history",
    "kikite.cases",
    "kikite.playbooks",
    "kikite.workflows",
    "kikite.hooks",
    "kikite.live",
    "kikite.desk",
)
LABELS = {"procrastinate.contrib.django": "procrastinate"}


class State(StrEnum):
    """A database without Kikite, one that lacks migrations, and one that is up to date."""

    EMPTY = "empty"
    BEHIND = "behind"
    READY = "ready"


def state(applied: AbstractSet[tuple[str, str]]) -> State:
    """By the migrations that a database has seen."""
    if not applied:
        return State.EMPTY
    return State.READY if migrations_on_disk() <= applied else State.BEHIND


def migrations_on_disk() -> set[tuple[str, str]]:
    """(application's label, migration's name) of all that the code brings."""
    found = set()
    for app in APPS:
        label = LABELS.get(app, app.rpartition(".")[2])
        for path in (_folder(app) / "migrations").glob("[0-9]*.py"):
            found.add((label, path.stem))
    return found


def _folder(package: str) -> Path:
    top, *rest = package.split(".")
    spec = find_spec(top)
    assert spec is not None and spec.submodule_search_locations, f"{top} is not installed"
    return Path(spec.submodule_search_locations[0], *rest)
