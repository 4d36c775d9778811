"""A Graph server for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.desk import Desk
from tests.contract.instagram_stage import InstagramStage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[InstagramStage]:
    stage = InstagramStage(tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def desk(stage: InstagramStage) -> Desk:
    desk = Desk(stage)
    desk.poll()
    return desk
