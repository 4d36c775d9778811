from __future__ import annotations

from collections.abc import Iterator

import pytest

from .told import Told, told


@pytest.fixture
def server() -> Iterator[Told]:
    with told() as answers:
        yield answers
