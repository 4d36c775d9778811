"""Fill a database fast, by COPY: for measuring at a million cases, and for demonstrations.

`python -m tests.benchmarks.fill CASES` fills the database of the environment (DATABASE_URL or KIKITE_DATA's own), which
has to be migrated and empty; it must be PostgreSQL's superuser who asks, as in the embedded PostgreSQL.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from .past import COLUMNS, Past

AGENTS = 50
CHUNK = 20_000
PASSWORD = "only for benchmarks"

# What is quicker to build once than to keep up row by row: every index that no foreign key leans on.
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'u' AND conrelid = ANY(%s::regclass[])
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY(%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


def fill(address: str, cases: int, until: datetime) -> tuple[int, float]:
    """Make so many cases in a migrated, empty database; (messages, seconds). Django must work on the same one."""
    begun = time.perf_counter()
    brand, channel, agents = _company()
    past = Past(brand, channel, agents, cases, until)
    tables = list(COLUMNS)
    with psycopg.connect(address, autocommit=True) as link:
        # No foreign key is checked row by row: the rows are made to fit.
        for setting in ("session_replication_role = replica", "maintenance_work_mem = '512MB'"):
            link.execute(f"SET {setting}")
        rebuild = _drop_indexes(link, tables)
        for lines in past.chunks(CHUNK):
            for table in tables:
                _copy(link, table, lines[table])
        for statement in rebuild:
            link.execute(statement)
        for table in tables:
            link.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        link.execute("VACUUM ANALYZE")
        link.execute("CHECKPOINT")
    return past.messages, time.perf_counter() - begun


def _company() -> tuple[int, int, list[int]]:
    """(brand, channel, agents): one brand, one account on the practice network, and everybody who answers."""
    from django.contrib.auth.hashers import make_password

    from kikite.accounts.models import Agent, Brand, Membership
    from kikite.channels import vault
    from kikite.channels.models import Channel

    brand = Brand.objects.create(slug="air", name="Practice Air")
    channel = Channel.objects.create(
        brand=brand, network="practice", realm="practice", key="1", handle="air", name="Practice Air",
        base_url="http://practice.invalid", secrets=vault.seal({"token": "none"}),
    )  # fmt: skip
    password = make_password(PASSWORD)
    agents = Agent.objects.bulk_create(
        Agent(email=f"agent{number}@example.invalid", name=f"Agent {number}", password=password)
        for number in range(1, AGENTS + 1)
    )
    Membership.objects.bulk_create(Membership(agent=agent, brand=brand) for agent in agents)
    return brand.pk, channel.pk, [agent.pk for agent in agents]


def _drop_indexes(link: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    """Drop them; the statements that bring them back."""
    rebuild = []
    for table, name, definition in link.execute(_CONSTRAINTS, [list(tables)]).fetchall():
        rebuild.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        link.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, definition in link.execute(_INDEXES, [list(tables)]).fetchall():
        rebuild.append(definition)
        link.execute(f"DROP INDEX {name}")
    return rebuild


def _copy(link: psycopg.Connection[Any], table: str, lines: list[str]) -> None:
    with link.cursor() as cursor, cursor.copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as stream:
        for start in range(0, len(lines), 1000):
            stream.write("".join(lines[start : start + 1000]))


def main() -> None:
    """The command line: how many cases."""
    from kikite.project import env
    from kikite.project.cli import ground

    cases = int(sys.argv[1])
    with ground.database(env.read()) as address, ground.django():
        messages, seconds = fill(address, cases, datetime.now(UTC))
    print(f"{cases:,} cases with {messages:,} messages in {seconds:.0f} s")
    print(f"Sign in as agent1@example.invalid, password: {PASSWORD}")


if __name__ == "__main__":
    main()
