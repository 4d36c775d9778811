"""How a command ends: its exit codes, and errors as sentences instead of tracebacks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import IntEnum


class Exit(IntEnum):
    """What the exit codes of every command mean."""

    OK = 0
    FAILED = 1
    USAGE = 2
    SETUP = 3
    INTERRUPTED = 130


class Problem(Exception):
    """A command cannot do what it was asked; the text says why and what to do."""

    code = Exit.FAILED


class SetupProblem(Problem):
    """The set-up is wrong: nothing that the command was asked for can work before it is mended."""

    code = Exit.SETUP


def telling(command: Callable[[], object]) -> int:
    """Run a command; its exit code. What went wrong is said on stderr, in a sentence."""
    try:
        code = command()
        return code if isinstance(code, int) else Exit.OK
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else Exit.FAILED
    except KeyboardInterrupt:
        return _say(["Interrupted."], Exit.INTERRUPTED)
    except BrokenPipeError:  # `kikite channels | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> int:
    from kikite.project.embedded import EmbeddedError
    from kikite.project.env import WrongSettings

    if type(error).__name__ == "Abort":  # Typer's word for "no" to a question, or no answer
        return _say(["Nothing was done."], Exit.FAILED)
    show = getattr(error, "show", None)
    if callable(show):  # Typer's for wrong usage
        show()
        return Exit.USAGE
    if isinstance(error, WrongSettings):
        return _say(["These settings are wrong:", *(f"  - {problem}" for problem in error.problems)], Exit.SETUP)
    if isinstance(error, Problem):
        return _say([str(error)], error.code)
    if isinstance(error, EmbeddedError) or _is_database_down(error):
        return _say([str(error).strip(), "`kikite check` says more."], Exit.SETUP)
    if os.environ.get("KIKITE_LOG_LEVEL", "").lower() == "debug":
        raise error
    said = f"{type(error).__name__}: {error}"
    return _say([f"That went wrong: {said}", "KIKITE_LOG_LEVEL=debug shows where."], Exit.FAILED)


def _is_database_down(error: Exception) -> bool:
    """Told by name, so that no command has to load Django or psycopg for its errors."""
    return type(error).__name__ in ("OperationalError", "WrongDatabase", "PoolTimeout")


def _say(lines: list[str], code: Exit) -> int:
    print("\n".join(lines), file=sys.stderr)
    return code
