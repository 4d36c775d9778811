"""Hearing the database's notifications needs a connection of its own, outside Django's."""

from __future__ import annotations

from typing import Any

from django.db import connection

_DJANGOS_OWN = {"cursor_factory", "context", "prepare_threshold"}


def parameters() -> dict[str, Any]:
    """How Django reaches the database, in psycopg's words."""
    return {name: value for name, value in connection.get_connection_params().items() if name not in _DJANGOS_OWN}
