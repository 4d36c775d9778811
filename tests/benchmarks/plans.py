"""Which queries of a page read a whole table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

# What grows with the years.
LARGE = frozenset(
    {"customers_customer", "customers_profile", "cases_case", "cases_message", "history_event", "channels_delivery"}
)


def whole_reads(queries: Iterable[str]) -> list[str]:
    """The queries that scan a large table from end to end, each with the table in front."""
    found = []
    for query in queries:
        if query.startswith("SELECT"):
            tables = sorted(set(_scanned(_plan(query))) & LARGE)
            found += [f"{table}: {query[:300]}" for table in tables]
    return found


def _plan(query: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
        row = cursor.fetchone()
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    found: dict[str, Any] = plan[0]["Plan"]
    return found


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from _scanned(below)
