"""The yardstick of intake: the very same rows, written by nothing but multi-row INSERTs.

The rows are those that Kikite wrote, in the same order of tables, into the same tables with the same indexes and
foreign keys. Marking the deliveries as read, notifying the open pages and looking anything up are left out: the
yardstick only writes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, LiteralString, cast

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
    rows = link.execute(_sql(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")).fetchall()
    return [str(name) for name, _ in listed], rows


def write(address: str, tables: Copy) -> float:
    """Write them all; seconds. A transaction a table, values put into the statement by the client: the fastest way."""
    with psycopg.connect(address, cursor_factory=psycopg.ClientCursor) as link:
        begun = time.perf_counter()
        for table, columns, rows in tables:
            for start in range(0, len(rows), ROWS):
                _insert(link, table, columns, rows[start : start + ROWS])
            link.commit()
        return time.perf_counter() - begun


def _insert(link: psycopg.Connection, table: str, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    one = f"({', '.join(['%s'] * len(columns))})"
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}"
    link.execute(_sql(statement), [value for row in rows for value in row])


def _sql(text: str) -> LiteralString:
    return cast("LiteralString", text)
