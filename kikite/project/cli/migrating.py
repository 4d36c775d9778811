"""`kikite migrate`: Django's migrations, with one line for each, one process at a time."""

from __future__ import annotations

from kikite.project.cli import ground

LOCK = 7_461_302_118  # an advisory lock's number, ours alone; two hosts that are started at once take turns


def run() -> None:
    """Bring the database up to date."""
    with ground.django(migrated=False):
        from django.core.management import call_command
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            call_command("migrate", interactive=False, verbosity=1)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
