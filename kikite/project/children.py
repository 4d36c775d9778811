"""One process under the supervisor: how it is started, what it says, when it is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kikite.project.embedded import die_with_parent

READY = "Kikite is ready at"  # the web process says so; the supervisor then tells how to sign in
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_SECONDS = 30.0  # whoever ran this long starts again without a longer pause
LONGEST_LINE = 64 * 1024


@dataclass(slots=True)
class Child:
    """A program that the supervisor runs. Times are of the monotonic clock, in seconds."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 10.0
    inherited: Sequence[int] = ()  # file descriptors that it takes over
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    crashes: int = 0
    _rest: bytes = b""

    def start(self) -> None:
        """In a session of its own, so that Ctrl-C reaches the supervisor alone, which then stops all in order."""
        self.started_at = time.monotonic()
        self._rest = b""
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.inherited,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        os.set_blocking(self.output, False)

    @property
    def output(self) -> int:
        """The reading end of what it says."""
        assert self.process is not None and self.process.stdout is not None
        return self.process.stdout.fileno()

    def lines(self) -> list[str] | None:
        """The whole lines that it said since; None once it said its last."""
        try:
            read = os.read(self.output, LONGEST_LINE)
        except BlockingIOError:
            return []
        if not read and not self._rest:
            return None
        *whole, self._rest = (self._rest + read).split(b"\n")
        if not read or len(self._rest) > LONGEST_LINE:
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode(errors="replace") for line in whole]

    def ended(self) -> int:
        """Its exit code, after its output ended; plans when it is to be started again."""
        assert self.process is not None and self.process.stdout is not None
        self.process.stdout.close()
        code = self.process.wait()
        self.process = None
        ran = time.monotonic() - self.started_at
        self.crashes = 0 if ran > HEALTHY_SECONDS else self.crashes + 1
        self.start_at = time.monotonic() + self.pause
        return code

    @property
    def pause(self) -> float:
        """Seconds before the next start: half of one, doubled with every crash in a row."""
        return float(min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** max(0, self.crashes - 1)))

    def signal(self, signum: int) -> None:
        if self.process is not None:
            self.process.send_signal(signum)


def python(*arguments: str) -> list[str]:
    """A command that runs this very Python. -P keeps the folder we happen to stand in off the import path."""
    return [sys.executable, "-P", "-m", *arguments]
