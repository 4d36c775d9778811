"""What the database still lacks, asked by psycopg alone: a tenth of the time that Django would take to start.

Run as a program it prints one word (`State`) and ends with 0, or says what is wrong and ends with 3: so the
supervisor asks about a database that is not embedded without carrying psycopg itself.
"""

from __future__ import annotations

import sys

import psycopg

from kikite.project import embedded, env
from kikite.project.installed import State
from kikite.project.installed import state as state_by
from kikite.project.problems import telling

OLDEST = 16


class WrongDatabase(RuntimeError):
    """The database cannot be used; the text says why and what to do."""


def state(url: str) -> State:
    """Compare the migrations on the disk with those that the database has seen. Raises WrongDatabase."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            _require_version(connection)
            return state_by(_applied(connection))
    except psycopg.OperationalError as error:
        raise WrongDatabase(f"The database does not answer: {str(error).strip()}") from error


def _require_version(connection: psycopg.Connection) -> None:
    if connection.info.server_version // 10_000 < OLDEST:
        version = connection.info.parameter_status("server_version")
        raise WrongDatabase(f"The database is PostgreSQL {version}; Kikite needs {OLDEST} or newer.")


def _applied(connection: psycopg.Connection) -> set[tuple[str, str]]:
    row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
    if row and row[0]:
        return set()
    return set(connection.execute("SELECT app, name FROM django_migrations").fetchall())


def main() -> None:
    settings = env.read()
    print(state(settings.database_url or embedded.cluster(settings.data).url))


if __name__ == "__main__":
    sys.exit(telling(main))
