"""What `kikite serve` weighs while nobody does anything: a fresh data folder, the practice network along with it.

Weighed by proportional set size (PSS): pages that processes share are counted once. Of PostgreSQL's processes the
shared memory (its buffers) is left out.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from kikite.project.children import READY

from .figures import Figure, at_most, plain, say, table
from .ground import Ground, python

GOAL = 350.0  # MB (of 1024 × 1024 bytes)
SETTLED = 20.0  # seconds after it says that it is ready
READINGS = 5
PATIENCE = 120.0

type Weights = dict[str, float]  # MB by process


def run(ground: Ground) -> list[Figure]:
    """Serve, wait, weigh; the medians of five readings, a second apart."""
    if not Path("/proc/self/smaps_rollup").exists():
        figures = [Figure("memory of kikite serve", "cannot be weighed: this needs Linux")]
    else:
        with _serving(ground.folder / "memory") as pid:
            time.sleep(SETTLED)
            figures = _figures([_weigh(pid) for _ in _seconds(READINGS)])
    table("Memory: kikite serve, idle", figures)
    return figures


def _figures(readings: list[Weights]) -> list[Figure]:
    names = sorted({name for reading in readings for name in reading})
    weights = {name: median(reading.get(name, 0.0) for reading in readings) for name in names}
    heaviest = sorted(names, key=lambda name: -weights[name])
    total = median(sum(reading.values()) for reading in readings)
    return [
        *(plain(name, weights[name], "MB") for name in heaviest),
        at_most("all, without PostgreSQL's shared buffers", total, GOAL, "MB"),
    ]


def _seconds(count: int) -> Iterator[None]:
    for _ in range(count):
        yield
        time.sleep(1)


@contextlib.contextmanager
def _serving(folder: Path) -> Iterator[int]:
    """`kikite serve` in a folder of its own; its process id once it is ready."""
    own = ("DATABASE_URL", "KIKITE_SECRET_KEY", "KIKITE_ENCRYPTION_KEYS")
    environ = {name: value for name, value in os.environ.items() if name not in own}
    port = _free_port()
    environ |= {"KIKITE_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    say("kikite serve: starting it on a fresh data folder")
    process = subprocess.Popen(
        python("kikite.project.cli", "serve", "--port", str(port)),
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        _wait(process)
        # Nobody is there, but somebody was: the first page loads what the first page needs.
        urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=PATIENCE).read()
        yield process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def _wait(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if READY in line:
            return
    raise RuntimeError("kikite serve ended:\n" + "".join(said))


def _free_port() -> int:
    """A port whose next one, the practice network's, is free as well."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one, contextlib.suppress(OSError):
            port: int = one.getsockname()[1]
            with socket.create_server(("127.0.0.1", port + 1)):
                return port


def _weigh(pid: int) -> Weights:
    found: Weights = {}
    for process in _tree(pid):
        with contextlib.suppress(OSError):  # it has just ended
            name, parts = _name(process), _rollup(process)
            weight = parts["Pss"] - (parts["Pss_Shmem"] if name == "postgres" else 0)
            found[name] = found.get(name, 0.0) + weight / 1024
    return found


def _tree(pid: int) -> list[int]:
    """The process and all below it."""
    below: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            below.setdefault(int(parent), []).append(int(folder.name))
    found = [pid]
    for process in found:
        found += below.get(process, [])
    return found


def _name(pid: int) -> str:
    """What the supervisor calls it."""
    if Path(f"/proc/{pid}/comm").read_text().startswith("postgres"):
        return "postgres"
    modules = {"kikite.project.web": "web", "kikite.project.worker": "worker", "kikite.networks.practice": "practice"}
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next((modules[word] for word in words if word in modules), "kikite")


def _rollup(pid: int) -> dict[str, int]:
    """The kernel's sums for one process, in KB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
