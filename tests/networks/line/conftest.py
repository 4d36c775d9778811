from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.line_stage import LineStage


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LineStage]:
    stage = LineStage(tmp_path_factory.mktemp("line"))
    yield stage
    stage.close()


@pytest.fixture
def stage(opened: LineStage) -> LineStage:
    """The server as it is at first: nothing pushed, no faults."""
    opened.server.admin("set", pushed=[], quota=500, active=True, lives=30 * 86_400)
    return opened
