"""A real `kikite serve` in a data folder of its own, and commands beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

PATIENCE = 60.0


def environ(data: Path, **more: str) -> dict[str, str]:
    """A clean environment: nothing of what the tests themselves are given."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("KIKITE_", "DATABASE_URL", "DJANGO_"))
    }
    return {**kept, "KIKITE_DATA": str(data), **more}


def kikite(data: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "kikite.project.cli", *arguments]
    return subprocess.run(
        command, env=environ(data, **more), input=stdin, capture_output=True, text=True, timeout=PATIENCE
    )


def free_port() -> int:
    """A port that nobody listens on, and whose neighbour (the practice network's) is free as well."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                with socket.create_server(("127.0.0.1", port + 1)):
                    return port
            except OSError:
                continue


def wait_for(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Until the condition holds; an AssertionError that says what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        time.sleep(0.05)


class Serve:
    """A running `kikite serve`, its words kept in `said`."""

    def __init__(self, data: Path, port: int, *arguments: str, **more: str) -> None:
        self.data, self.port = data, port
        self.log = data.with_name(f"{data.name}.log")
        command = [sys.executable, "-m", "kikite.project.cli", "serve", "--port", str(port), *arguments]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environ(data, **more), stdout=log, stderr=subprocess.STDOUT)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        wait_for(lambda: "Kikite is ready" in self.said or self.process.poll() is not None, "the desk is ready")
        assert self.process.poll() is None, self.said

    def status(self, path: str) -> int:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code

    def children(self) -> dict[str, int]:
        """Process numbers by what they are."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
                mine = f"KIKITE_DATA={self.data}\0".encode() in (folder / "environ").read_bytes()
            except OSError:
                continue
            if mine and len(words) > 1 and int(folder.name) != self.process.pid:
                found[Path(words[0]).name if "postgres" in words[0] else words[3]] = int(folder.name)
        return found

    def stop(self, signum: int = signal.SIGTERM) -> int:
        self.process.send_signal(signum)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(data: Path, *arguments: str, port: int = 0, more: Mapping[str, str] | None = None) -> Iterator[Serve]:
    """Run until the block ends; nothing is left behind even when it fails."""
    serve = Serve(data, port or free_port(), *arguments, **(more or {}))
    try:
        serve.wait_until_ready()
        yield serve
    finally:
        if serve.process.poll() is None:
            serve.stop()
