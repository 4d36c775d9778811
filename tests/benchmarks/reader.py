"""A process that reads kept deliveries: says that it is ready, waits for a line, reads until nothing waits."""

from __future__ import annotations

import sys


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from kikite.workflows.receive import Reader

    connection.ensure_connection()
    reader = Reader()
    print("ready", flush=True)
    sys.stdin.readline()
    print(reader.read_all(), flush=True)


if __name__ == "__main__":
    main()
