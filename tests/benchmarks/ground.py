"""What the benchmarks run on: an embedded PostgreSQL of their own, as durable as in production, and its databases.

Databases are copied from a migrated template, so that every run begins with the very same, and runs of what is
compared can take turns.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from kikite.project import embedded, env

REPOSITORY = Path(__file__).resolve().parents[2]
ROUNDS = 5  # every figure is the median of so many runs, unless KIKITE_BENCH_ROUNDS says otherwise


def rounds() -> int:
    return int(os.environ.get("KIKITE_BENCH_ROUNDS", ROUNDS))


def data() -> Path:
    """The folder of real data that is not part of the repository."""
    return Path(os.environ.get("KIKITE_BENCH_DATA", REPOSITORY.parent / "shared" / "data"))


@dataclass(frozen=True, slots=True)
class Ground:
    """A running PostgreSQL. `folder` goes away with it."""

    folder: Path
    url: str

    def address(self, database: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"/{database}"))

    def create(self, database: str, template: str) -> None:
        """A copy of `template`, to which nobody may be connected. One of the same name is replaced."""
        self.drop(database)
        self._alone(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        self._alone("CHECKPOINT")

    def drop(self, database: str) -> None:
        self._alone(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _alone(self, statement: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as link:
            link.execute(statement)

    def environ(self, database: str) -> dict[str, str]:
        """For a child process that works on this database."""
        return {**os.environ, "DATABASE_URL": self.address(database)}


@contextlib.contextmanager
def laid() -> Iterator[Ground]:
    """Start PostgreSQL in a temporary folder, set Django up on it and migrate its database."""
    folder = Path(tempfile.mkdtemp(prefix="kikite-bench-"))
    os.environ["KIKITE_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "kikite.project.settings"
    os.environ["KIKITE_SECRET_KEY"] = "only for benchmarks, and long enough for them"
    os.environ["KIKITE_ENCRYPTION_KEYS"] = env.new_encryption_key()
    os.environ.pop("DATABASE_URL", None)
    try:
        with embedded.running(folder) as cluster:
            import django
            from django.core.management import call_command
            from django.db import connection

            django.setup()
            call_command("migrate", verbosity=0)
            connection.close()
            yield Ground(folder, cluster.url)
            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def working_on(database: str) -> Iterator[None]:
    """Let Django work on another database of the same PostgreSQL for a while."""
    from django.db import connection

    settings = connection.settings_dict
    before = settings["NAME"]
    connection.close()
    settings["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = before


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", *arguments]
