"""What commands stand on: the settings, a running database, Django. Everything heavy is imported when it is needed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from kikite.project import embedded, env
from kikite.project.problems import SetupProblem


@contextlib.contextmanager
def database(settings: env.Environment | None = None) -> Iterator[str]:
    """A database that answers, as its address; the embedded one is started when nobody runs it."""
    settings = settings or env.read()
    if not settings.embedded:
        yield settings.database_url
        return
    with embedded.running(settings.data) as cluster:
        yield cluster.url


@contextlib.contextmanager
def django(*, migrated: bool = True) -> Iterator[None]:
    """Django, over a running database. Raises SetupProblem when the database lacks migrations (unless that is fine)."""
    with database() as url:
        if migrated:
            require_migrated(url)
        os.environ["DJANGO_SETTINGS_MODULE"] = "kikite.project.settings"
        import django as framework

        framework.setup()
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()  # or the embedded database would have to end our sessions


def require_migrated(url: str) -> None:
    """Raises SetupProblem when the database lacks migrations, WrongDatabase when it cannot be used."""
    from kikite.project import pending
    from kikite.project.installed import State

    if pending.state(url) != State.READY:
        raise SetupProblem("The database lacks migrations. Run: kikite migrate")
