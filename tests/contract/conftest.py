"""Opens each network's stage once for all cases of the contract suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .desk import Desk
from .stage import Cannot, Stage, opened

# The marker says what has to run on this machine for it: "servers" are only for `make test-networks`.
STAGES = [
    pytest.param("practice", id="practice"),
    pytest.param("x", id="x"),
    pytest.param("mastodon", id="mastodon"),
    pytest.param("line", id="line"),
    pytest.param("facebook", id="facebook"),
    pytest.param("instagram", id="instagram"),
    pytest.param("bluesky", id="bluesky", marks=pytest.mark.servers),
    pytest.param("bluesky_full", id="bluesky-with-app-view", marks=pytest.mark.servers),
]


@pytest.fixture(scope="module", params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    try:
        found = opened(request.param, tmp_path_factory.mktemp(request.param))
    except Cannot as reason:
        pytest.skip(str(reason))
    yield found
    found.close()


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
