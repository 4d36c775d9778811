"""The worker process: reads the networks, translates, threads, sends. What it does is in kikite.workflows."""

from __future__ import annotations

import os
import sys

from kikite.project.problems import telling


def run() -> None:
    """Work until a signal."""
    os.environ["KIKITE_ROLE"] = "worker"
    os.environ["DJANGO_SETTINGS_MODULE"] = "kikite.project.settings"
    import django

    django.setup()
    from kikite.workflows.worker import main

    main()


if __name__ == "__main__":
    sys.exit(telling(run))
