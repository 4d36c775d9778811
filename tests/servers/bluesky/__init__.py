"""A real Bluesky network on this machine: Bluesky's own PDS, and with `full` its app view too.

`install()` fetches the pinned npm packages once into `build/bluesky` (git-ignored); it needs Node 20 and a C++
compiler, as one of the packages (better-sqlite3) is built where no binary of it can be fetched.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, cast

from kikite.project import embedded

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = ROOT / "build" / "bluesky"
START_SECONDS = 120.0


class ServerFailed(RuntimeError):
    """The test server did not install, start or obey; the text holds what it printed last."""


def install() -> Path:
    """The folder with the npm packages of the lock file. Fetches them when they are missing or others."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = CACHE / "installed"
        wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in PACKAGE_FILES)).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _fetch()
            stamp.write_text(wanted)
    return CACHE / "node_modules"


PACKAGE_FILES = ("package.json", "package-lock.json")


def _fetch() -> None:
    for name in PACKAGE_FILES:
        shutil.copy(HERE / name, CACHE / name)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CACHE, capture_output=True, text=True
    )
    if done.returncode:
        raise ServerFailed(f"npm ci failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


class BlueskyServer:
    """One running network. `pds` is the server itself, `brand` the same through a proxy that can break calls."""

    def __init__(self, mode: str, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self._log = (folder / "node.log").open("w+")
        self._process = subprocess.Popen(
            ["node", str(HERE / "server.cjs"), mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Everything that the network writes goes into one folder, which is removed with it.
            env={**os.environ, **env, "NODE_PATH": str(install()), "TMPDIR": str(folder), "LOG_ENABLED": "false"},
        )
        addresses = self._answer()
        self.pds = str(addresses["pds"])
        self.brand = str(addresses["brand"])
        self.appview = cast("str | None", addresses["appview"])
        self.chat = str(addresses["chat"])  # as the header atproto-proxy names it
        self.jetstream = str(addresses["jetstream"])

    def order(self, verb: str, **more: object) -> None:
        """Have it do one thing (see server.cjs) and wait until it is done."""
        stdin = cast("IO[str]", self._process.stdin)
        stdin.write(json.dumps({"do": verb, **more}) + "\n")
        stdin.flush()
        answer = self._answer()
        if not answer.get("ok"):
            raise ServerFailed(f"{verb}: {answer.get('error')}")

    def _answer(self) -> dict[str, object]:
        """The next JSON line; other lines are the libraries' chatter. A silent server is killed."""
        killer = threading.Timer(START_SECONDS, self._process.kill)
        killer.start()
        try:
            for line in cast("IO[str]", self._process.stdout):
                if line.startswith("{"):
                    return cast("dict[str, object]", json.loads(line))
        finally:
            killer.cancel()
        self._log.seek(0)
        raise ServerFailed(f"the Bluesky test server ended: {self._log.read()[-4000:]}")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            cast("IO[str]", self._process.stdin).close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        cast("IO[str]", self._process.stdout).close()
        self._log.close()


@contextlib.contextmanager
def running(mode: str = "pds") -> Iterator[BlueskyServer]:
    """A fresh network, gone afterwards with all its files. `mode`: "pds" (no app view) or "full"."""
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="kikite-bluesky-", ignore_cleanup_errors=True))
        )
        env = stack.enter_context(_stores(folder)) if mode == "full" else {}
        server = BlueskyServer(mode, folder, env)
        stack.callback(server.close)
        yield server


@contextlib.contextmanager
def _stores(folder: Path) -> Iterator[dict[str, str]]:
    """The PostgreSQL and the Redis that the app view needs."""
    port = _free_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with embedded.running(folder / "stores", durable=False) as postgres:
            _wait_for(port)
            yield {
                "DB_POSTGRES_URL": postgres.url,
                "DB_POSTGRES_SCHEMA": "kikite",
                "REDIS_HOST": f"127.0.0.1:{port}",
            }
    finally:
        redis.terminate()
        redis.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
