"""The desk as browsers see it: a web process of its own, on a port of its own, over this process's database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """A web process that answers."""

    address: str
    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def serving(database: dict[str, Any]) -> Iterator[str]:
    """Serve over the database with these settings (Django's words); yields the address."""
    with served(database) as web:
        yield web.address


@contextmanager
def served(database: dict[str, Any]) -> Iterator[Served]:
    """As `serving`, for who wants to end the process in its own way."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    environ = _environ(database) | {"KIKITE_URL": address}
    process = subprocess.Popen(
        [sys.executable, "-m", "kikite.project.web", str(listening.fileno())],
        env=environ,
        pass_fds=(listening.fileno(),),
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield Served(address, port, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        listening.close()


@contextmanager
def working(database: dict[str, Any]) -> Iterator[None]:
    """A worker over the same database: it reads the networks, opens cases, sends replies."""
    process = subprocess.Popen([sys.executable, "-m", "kikite.project.worker"], env=_environ(database))
    try:
        yield
        assert process.poll() is None, "the worker ended by itself"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _environ(database: dict[str, Any]) -> dict[str, str]:
    from django.conf import settings

    return os.environ | {
        "DATABASE_URL": _url(database),
        "KIKITE_SECRET_KEY": settings.SECRET_KEY,
        "KIKITE_ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
    }


def _url(database: dict[str, Any]) -> str:
    given = {"host": database["HOST"], "port": str(database["PORT"] or 5432)}
    options = "&".join(f"{name}={quote(value)}" for name, value in given.items() if value)
    who = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    return f"postgresql://{who}@/{quote(database['NAME'])}?{options}"


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Until it answers: the socket listens at once, an answer comes when Django is ready."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
        line.settimeout(PATIENCE)
        line.sendall(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 200", f"the desk did not start: {process.poll()}"
