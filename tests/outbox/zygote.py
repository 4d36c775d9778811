"""Real worker processes, ready in milliseconds: a process that has imported everything forks one when asked.

`python -m tests.outbox.zygote` reads a line and answers with the process id of a fresh worker. The kernel kills the
workers when it ends, however it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

from kikite.project.embedded import die_with_parent

SEND_SECONDS = 1


class Workers:
    """Worker processes on the test's own database, which can be killed and begun anew."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.pids: list[int] = []
        with log.open("wb") as out:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.outbox.zygote"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, env=_environment(),
            )  # fmt: skip
        assert self._zygote.stdin is not None and self._zygote.stdout is not None
        self._ask, self._answer = self._zygote.stdin, self._zygote.stdout

    def begin(self) -> None:
        self._ask.write(b"worker\n")
        self._ask.flush()
        answer = self._answer.readline()
        assert answer, f"no worker: {self.log.read_text()[-2000:]}"
        self.pids.append(int(answer))

    def kill(self, place: int) -> None:
        """SIGKILL: no handler runs, nothing is flushed, sockets are closed by the kernel."""
        os.kill(self.pids.pop(place), signal.SIGKILL)

    def ask_to_stop(self, place: int) -> int:
        """SIGTERM; the process id, so that a test can wait for its end."""
        pid = self.pids.pop(place)
        os.kill(pid, signal.SIGTERM)
        return pid

    def close(self) -> None:
        while self.pids:
            self.kill(0)
        self._ask.close()
        self._zygote.wait(30)
        self._answer.close()

    def said(self, words: str) -> int:
        """How often the workers logged something with these words."""
        return self.log.read_text(errors="replace").count(words)


def _environment() -> dict[str, str]:
    at = connection.settings_dict
    reach = urlencode(
        {"host": at["HOST"], "port": at["PORT"]} | ({"password": at["PASSWORD"]} if at["PASSWORD"] else {})
    )
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{quote(at['USER'])}@/{quote(at['NAME'])}?{reach}",
        "KIKITE_ROLE": "worker",
        "KIKITE_SEND_TIMEOUT": str(SEND_SECONDS),
        "KIKITE_LOG_LEVEL": "info",
    }


def _serve() -> None:
    import django

    django.setup()
    import kikite.networks.mastodon.connection
    import kikite.networks.practice.connection  # noqa: F401
    from kikite.lib.http import ssl_context
    from kikite.workflows.worker import main

    ssl_context()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    tie = die_with_parent(signal.SIGKILL)
    for _ in sys.stdin.buffer:
        pid = os.fork()
        if pid == 0:
            if tie:
                tie()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            os.close(1)
            main()
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    _serve()
