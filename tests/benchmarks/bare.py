"""The yardstick of intake: the very same rows, written by nothing but multi-row INSERTs.

The rows are those that Kikite wrote, in the same order of tables, into the same tables with the same indexes and
foreign keys. Marking the deliveries as read, notifying the open pages and looking anything up are left out: the
yardstick only writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

TABLES = ("customers_customer", "customers_profile", "cases_case", "cases_message", "history_event")
ROWS = 1000  # a statement


type Copy = list[tuple[str, list[str], list[tuple[Any, ...]]]]  # (table, columns, rows)


def copied(address: str) -> Copy:
    """All rows of the tables that intake fills."""
    with psycopg.connect(address) as link:
        return [(table, *_rows(link, table)) for table in TABLES]


def _rows(link: psycopg.Connection, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    listed = link.execute(
        "SELECT attname, atttypid = 'jsonb'::regtype FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    ).fetchall()
    columns = [f"{name}::text" if is_json else str(name) for name, is_json in listed]
    rows = link.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id").fetchall()
    return [str(name) for name, _ in listed], rows


def write(address: str, tables: Copy) -> float:
    """Write them all, a transaction a table; seconds. The statements are put together before the clock starts."""
    with psycopg.connect(address) as link:
        cursor = psycopg.ClientCursor(link)
        statements = [list(_statements(cursor, *table)) for table in tables]
        begun = time.perf_counter()
        for of_table in statements:
            for statement in of_table:
                link.execute(statement)
            link.commit()
        return time.perf_counter() - begun


def _statements(
    cursor: psycopg.ClientCursor[Any], table: str, columns: list[str], rows: Sequence[tuple[Any, ...]]
) -> Iterator[str]:
    one = f"({', '.join(['%s'] * len(columns))})"
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(some))}"
        yield cursor.mogrify(statement, [value for row in some for value in row])
