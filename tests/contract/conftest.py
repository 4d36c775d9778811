"""Opens each network's stage once for all cases of the contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from .stage import Cannot, Stage
from .suite import Desk

# The marker says what has to run on this machine for it: "servers" are only for `make test-networks`.
STAGES = [
    pytest.param("practice", id="practice"),
    pytest.param("mastodon", id="mastodon"),
    pytest.param("bluesky", id="bluesky", marks=pytest.mark.servers),
]


@pytest.fixture(scope="module", params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """`tests/contract/<network>_stage.py` and its `open_stage(folder)`."""
    module = import_module(f"tests.contract.{request.param}_stage")
    try:
        stage: Stage = module.open_stage(tmp_path_factory.mktemp(request.param))
    except Cannot as reason:
        pytest.skip(str(reason))
    yield stage
    stage.close()


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
