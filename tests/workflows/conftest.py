"""A real practice network and a desk connected to it.

pytest reads this file before Django is set up; so it imports models only where they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.contract.practice_stage import PracticeStage

if TYPE_CHECKING:
    from .desk import Desk


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeStage]:
    stage = PracticeStage(tmp_path_factory.mktemp("practice"))
    yield stage
    stage.close()


@pytest.fixture
def stage(server: PracticeStage) -> Iterator[PracticeStage]:
    """The practice network with no trouble left from another test."""
    yield server
    server.server.admin("DELETE", "/faults")
    server.server.admin("POST", "/down", down=False)


@pytest.fixture
def desk(stage: PracticeStage, db: None) -> Iterator[Desk]:
    from .desk import Desk

    desk = Desk(stage)
    yield desk
    desk.close()
