"""Fails when the models say something that no migration does. Needs no running database of anybody's."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from kikite.project import embedded


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="kikite-migrations-", ignore_cleanup_errors=True) as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["KIKITE_DATA"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "kikite.project.settings"
        with embedded.running(Path(folder), durable=False):
            import django
            from django.core.management import call_command

            django.setup()
            call_command("makemigrations", check=True, dry_run=True, interactive=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
