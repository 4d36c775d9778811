"""One PostgreSQL for the whole run: DATABASE_URL's, or an embedded one in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kikite.project import embedded, env

FOLDER = Path(tempfile.mkdtemp(prefix="kikite-tests-"))
os.environ["KIKITE_DATA"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "kikite.project.settings"
os.environ.setdefault("KIKITE_SECRET_KEY", "only for tests, and long enough for them")
os.environ.setdefault("KIKITE_ENCRYPTION_KEYS", env.new_encryption_key())
_server = None


def pytest_configure(config: pytest.Config) -> None:
    global _server
    if not os.environ.get("DATABASE_URL"):
        _server = embedded.start(embedded.cluster(FOLDER), durable=False)
    import django

    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server is not None:
        embedded.stop(_server)
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whoever asked for a page in another language before, every test begins in English."""
    from django.utils import translation

    with translation.override("en"):
        yield
