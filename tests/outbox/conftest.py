"""Real worker processes for a test, on its own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .zygote import Workers


@pytest.fixture
def workers(tmp_path: Path, transactional_db: None) -> Iterator[Workers]:
    workers = Workers(tmp_path / "workers.log")
    yield workers
    workers.close()
