"""Who runs under the supervisor, and with what: the commands and environments of the children."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from kikite.project.children import Child, python
from kikite.project.env import Environment, practice_token


@dataclass(frozen=True, slots=True)
class Options:
    """Where to listen, and whether the practice network runs along (with its demo)."""

    host: str
    port: int
    practice: bool


class Tree:
    """The children of one `kikite serve`, not started yet."""

    def __init__(self, settings: Environment, options: Options) -> None:
        self.settings = settings
        self.environ = _environ(settings, options)

    @property
    def practice_url(self) -> str:
        return self.environ["KIKITE_PRACTICE_URL"]

    def web(self, fd: int) -> Child:
        """The desk, over the listening socket that the supervisor holds."""
        child = self._child("web", "kikite.project.web", str(fd))
        child.inherited, child.stop_seconds = (fd,), 6.0
        return child

    def worker(self) -> Child:
        child = self._child("worker", "kikite.project.worker")
        child.stop_seconds = 20.0
        return child

    def practice(self) -> Child:
        at = urlsplit(self.practice_url)
        where = ("--host", at.hostname or "", "--port", str(at.port or 80))
        data = ("--data", str(self.settings.data / "practice.sqlite"))
        return self._child("practice", "kikite.networks.practice", "--demo", *where, *data)

    def command(self, name: str) -> Child:
        """A command of the command line, run to its end."""
        return self._child(name, "kikite.project.cli", name)

    def _child(self, name: str, *module: str) -> Child:
        return Child(name, python(*module), self.environ)


def _environ(settings: Environment, options: Options) -> dict[str, str]:
    """What the children learn from the command line, unless the environment says it already."""
    defaults = {
        "KIKITE_URL": address(options.host, options.port),
        "KIKITE_PRACTICE_URL": f"http://127.0.0.1:{options.port + 1}",
        "KIKITE_PRACTICE_ADMIN_TOKEN": practice_token(settings),
    }
    chosen = {name: os.environ.get(name) or value for name, value in defaults.items()}
    return {**chosen, "KIKITE_DATA": str(settings.data)}


def address(host: str, port: int) -> str:
    """How this machine itself reaches what listens there."""
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
