"""The Graph server as tests see it: a process of its own that can be stopped and started with all it remembers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

_ROOT = Path(__file__).resolve().parents[3]


class MetaServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._client = httpx.Client(base_url=self.url, timeout=30)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        if self._process is None:
            command = [sys.executable, "-m", "tests.servers.meta", str(self.folder), str(self.port)]
            with (self.folder / "server.log").open("ab") as log:
                self._process = subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log)
            self._await(time.monotonic() + 30)

    def _await(self, deadline: float) -> None:
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            try:
                self._client.get("/files/none", timeout=1)
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError(f"the Graph server did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Killed: what was answered must be there after the next start."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def admin(self, act: str, /, **given: Any) -> Any:
        answer = self._client.post(f"/admin/{act}", json=given)
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        self.stop()
        self._client.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
