"""An X of our own (API v2), as a process of its own, held to X's published description request by request.

What it serves stands in `serving.table`. What the description does not say (error bodies, the summons rule, payloads of
events) follows X's documentation and what its real answers look like.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

_ROOT = Path(__file__).resolve().parents[3]


class XServer:
    """The server, seen from the tests. `stop` kills it; `start` brings it back with all that stood."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = options
        self._token = secrets.token_hex(16)
        headers = {"Authorization": f"Bearer {self._token}"}
        self._admin = httpx.Client(base_url=f"{self.url}/admin", headers=headers, timeout=20)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        if self._process is not None:
            return
        command = [sys.executable, "-m", "tests.servers.x", str(self.folder), str(self.port), *self._options]
        environ = {**os.environ, "X_ADMIN_TOKEN": self._token}
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=_ROOT, env=environ, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.admin("GET", "/report")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"X did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def admin(self, method: str, path: str, **data: Any) -> dict[str, Any]:
        answer = self._admin.request(method, path, json=data or None)
        answer.raise_for_status()
        return dict(answer.json())

    def stop(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.stop()
        self._admin.close()
