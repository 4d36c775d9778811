"""The LINE server from the tests' side: a process of its own, killed and started again over one file."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

_ROOT = Path(__file__).resolve().parents[3]


class LineServer:
    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as found:
            self._port = found.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._file = folder / "line.json"
        self._key = secrets.token_hex(8)
        self._admin = httpx.Client(base_url=f"{self.url}/admin", headers={"Authorization": f"Bearer {self._key}"})
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.line", str(self._file), str(self._port)],
            cwd=_ROOT, env={**os.environ, "LINE_ADMIN": self._key},
        )  # fmt: skip
        end = time.monotonic() + 30
        while True:
            try:
                self.admin("standing")
            except httpx.TransportError:
                assert time.monotonic() < end and self._process.poll() is None, "the LINE server does not start"
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def admin(self, deed: str, **data: Any) -> dict[str, Any]:
        answer = self._admin.post(f"/{deed}", json=data)
        answer.raise_for_status()
        return dict(answer.json())

    def close(self) -> None:
        self.stop()
        self._admin.close()
