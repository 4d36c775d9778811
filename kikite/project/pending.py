"""What the database still lacks, asked by psycopg alone: a tenth of a second instead of Django's one.

Run as a program it prints one word (see `State`) and ends with 0, or says what is wrong and ends with 3. The
supervisor runs it as a child so that it need not carry psycopg itself.
"""

from __future__ import annotations

import sys
from enum import StrEnum

import psycopg

from kikite.project import embedded, env
from kikite.project.installed import migrations_on_disk

OLDEST = 16


class State(StrEnum):
    """A database without Kikite, one that lacks migrations, and one that is up to date."""

    EMPTY = "empty"
    BEHIND = "behind"
    READY = "ready"


class WrongDatabase(RuntimeError):
    """The database cannot be used; the text says why and what to do."""


def state(url: str) -> State:
    """Compare the migrations on the disk with those that the database has seen. Raises WrongDatabase."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return _state(connection)
    except psycopg.OperationalError as error:
        raise WrongDatabase(f"The database does not answer: {str(error).strip()}") from error


def _state(connection: psycopg.Connection) -> State:
    if connection.info.server_version // 10_000 < OLDEST:
        version = connection.info.parameter_status("server_version")
        raise WrongDatabase(f"The database is PostgreSQL {version}; Kikite needs {OLDEST} or newer.")
    row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
    if row and row[0]:
        return State.EMPTY
    applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    return State.READY if migrations_on_disk() <= applied else State.BEHIND


def main() -> int:
    settings = env.read()
    try:
        print(state(settings.database_url or embedded.cluster(settings.data).url))
    except WrongDatabase as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
