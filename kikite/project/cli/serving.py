"""`kikite serve`: looks at the settings, then becomes the supervisor, which carries nothing of the command line."""

from __future__ import annotations

import os

from kikite.project import env
from kikite.project.children import python


def run(host: str, port: int, practice: bool | None) -> None:
    """Become the supervisor. Raises WrongSettings."""
    settings = env.read()
    env.keys(settings)  # made, or missed, before anything starts
    with_practice = settings.embedded if practice is None else practice
    command = python("kikite.project.supervisor", host, str(port), "practice" if with_practice else "alone")
    os.execv(command[0], command)
