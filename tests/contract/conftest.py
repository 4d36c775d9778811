"""Opens each network's stage once for all cases of the contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

from .desk import Desk
from .stage import Cannot, Stage

# The marker says what has to run on this machine for it: "servers" are only for `make test-networks`.
STAGES = [
    pytest.param("practice", id="practice"),
    pytest.param("mastodon", id="mastodon"),
    pytest.param("bluesky", id="bluesky", marks=pytest.mark.servers),
    pytest.param("bluesky_full", id="bluesky-with-app-view", marks=pytest.mark.servers),
]


@pytest.fixture(scope="module", params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """`tests/contract/<network>_stage.py`: its `open_stage(folder)`, or a class `<Network>Stage` that needs none."""
    module = import_module(f"tests.contract.{request.param}_stage")
    try:
        stage = _open(module, request.param, tmp_path_factory)
    except Cannot as reason:
        pytest.skip(str(reason))
    yield stage
    stage.close()


def _open(module: ModuleType, name: str, folders: pytest.TempPathFactory) -> Stage:
    if hasattr(module, "open_stage"):
        stage: Stage = module.open_stage(folders.mktemp(name))
    else:
        stage = getattr(module, f"{name.capitalize()}Stage")()
    return stage


@pytest.fixture
def desk(stage: Stage) -> Desk:
    """A reader that has caught up, so that a case sees only what it causes."""
    desk = Desk(stage)
    desk.poll()
    return desk


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """What a network cannot do is skipped, with its own sentence."""
    try:
        return (yield)
    except Cannot as reason:
        pytest.skip(str(reason))
