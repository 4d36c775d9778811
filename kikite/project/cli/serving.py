"""`kikite serve`. Nothing heavy may be imported here: this process stays for as long as Kikite runs."""

from __future__ import annotations

import sys

from kikite.project import env
from kikite.project.cli.problems import SetupProblem
from kikite.project.supervisor import CannotServe, Options, serve


def run(host: str, port: int, practice: bool | None) -> None:
    """Run until a signal. Raises SetupProblem when it cannot start."""
    settings = env.read()
    env.keys(settings)  # made, or missed, before anything starts
    options = Options(host, port, settings.embedded if practice is None else practice)
    try:
        code = serve(settings, options)
    except CannotServe as error:
        raise SetupProblem(str(error)) from None
    sys.exit(code)
