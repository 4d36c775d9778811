"""A Graph server for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.desk import Desk
from tests.contract.facebook_stage import FacebookStage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FacebookStage]:
    stage = FacebookStage(tmp_path_factory.mktemp("facebook"))
    yield stage
    stage.close()


@pytest.fixture
def desk(stage: FacebookStage) -> Desk:
    desk = Desk(stage)
    desk.poll()
    return desk
