from __future__ import annotations

from collections.abc import Iterator

import pytest

from .canned import Canned, canned


@pytest.fixture
def server() -> Iterator[Canned]:
    with canned() as told:
        yield told
