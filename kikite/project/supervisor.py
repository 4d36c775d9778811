"""`kikite serve`: one small process that starts the others, watches them and stops them in order.

It imports neither Django nor psycopg, which keeps it under 25 MB. It holds the listening socket itself: a web process
that crashed is started again without a visitor being refused. When the supervisor is killed, the kernel tells the
children (`die_with_parent`) and PostgreSQL shuts down cleanly.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kikite.project import embedded, env
from kikite.project.children import READY, Child, python
from kikite.project.demo import seeded
from kikite.project.env import Environment
from kikite.project.installed import State, state
from kikite.project.problems import Exit, SetupProblem, telling
from kikite.project.tree import Options, Tree

PORT_SECONDS = 3.0  # after a SIGKILL the last web process may hold the port for a moment
TICK = 0.5
HEAD_START = 5.0  # the others wait for so long, or until the desk is there: somebody looks at an empty page
COLOURS = {"kikite": 36, "web": 32, "worker": 33, "practice": 35, "postgres": 34}


class CannotServe(SetupProblem):
    """`kikite serve` cannot start; the text says why and what to do."""


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


def serve(settings: Environment, options: Options) -> int:
    """Run until a signal or a wrong set-up ends it; the exit code. Raises CannotServe, EmbeddedError."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(settings.data), _listen(options.host, options.port) as listener:
        supervisor = Supervisor(settings, options, listener)
        try:
            supervisor.start()
            supervisor.watch()
        except Stopped:
            supervisor.say("Stopping")
        finally:
            supervisor.stop()
        return supervisor.code


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Two supervisors on one data folder would run two practice networks and stop each other's PostgreSQL."""
    with (data / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip()
            raise CannotServe(f"Kikite already runs with {data} (process {other}). Stop it first.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _listen(host: str, port: int) -> socket.socket:
    """The socket that the web process serves. Raises CannotServe when somebody else listens there."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return socket.create_server((host, port), family=_family(host), backlog=512)
        except socket.gaierror as error:
            raise CannotServe(f"{host} is no address of this machine: {error.strerror}.") from error
        except OSError as error:
            if time.monotonic() > deadline:
                said = f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port."
                raise CannotServe(said) from error
            time.sleep(0.05)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Supervisor:
    """The children, their output, and what a signal asked for."""

    def __init__(self, settings: Environment, options: Options, listener: socket.socket) -> None:
        self.settings = settings
        self.options = options
        self.tree = Tree(settings, options)
        self.listener = listener
        self.code = 0
        self.stop_asked = False
        self.children: list[Child] = []
        self.postgres: subprocess.Popen[bytes] | None = None
        self.selector = selectors.DefaultSelector()
        self._catch_signals()

    # --- starting

    def start(self) -> None:
        """Prepare what the first start needs, then plan the children; `watch` starts them."""
        if self.settings.embedded:
            self._start_postgres()
        if self._database_state() is not State.READY:
            self.say("Preparing the database")
            self._run(self.tree.command("migrate"))
        self._plan(self.tree.web(self.listener.fileno()))
        if self.options.practice:
            self._plan(self.tree.practice(), HEAD_START)
            self._seed()
        self._plan(self.tree.worker(), HEAD_START)

    def _plan(self, child: Child, head_start: float = 0.0) -> None:
        child.start_at = time.monotonic() + head_start
        self.children.append(child)

    def _seed(self) -> None:
        """Make the demo at the first start, and again when the practice network moved to another port."""
        made = seeded(self.settings.data)
        if made is None or made.practice_url != self.tree.practice_url:
            self.say("Preparing the practice airline")
            self._launch(next(child for child in self.children if child.name == "practice"))
            self._run(self.tree.command("demo"))

    def _start_postgres(self) -> None:
        cluster = embedded.cluster(self.settings.data)
        if not (cluster.folder / "PG_VERSION").exists():
            self.say(f"Creating the database in {cluster.folder}")
        self.postgres = embedded.start(cluster)

    def _database_state(self) -> State:
        """By psql where it is ours: that takes a hundredth of a second. Raises CannotServe."""
        if self.settings.embedded:
            return state(embedded.applied(embedded.cluster(self.settings.data)))
        environ = {**os.environ, **self.tree.environ}
        asked = subprocess.run(python("kikite.project.pending"), env=environ, capture_output=True, text=True)
        if asked.returncode != 0:
            raise CannotServe(asked.stderr.strip())
        return State(asked.stdout.strip())

    def _launch(self, child: Child) -> None:
        child.start()
        self.selector.register(child.output, selectors.EVENT_READ, child)

    def _run(self, child: Child) -> None:
        """Wait for a child that is to end by itself. Raises CannotServe when it fails, Stopped when we are asked to."""
        self.children.append(child)
        self._launch(child)
        while child.process is not None:
            self._turn()
        self.children.remove(child)

    # --- watching

    def watch(self) -> None:
        """Until somebody stops us, or a child says (by its exit code) that the set-up is wrong."""
        while True:
            now = time.monotonic()
            for child in self.children:
                if child.process is None and now >= child.start_at:
                    self._launch(child)
            if self.settings.embedded:
                self._keep_postgres()
            self._turn()

    def _turn(self) -> None:
        """Pass on what the children say; notice who ended. Raises Stopped."""
        for key, _ in self.selector.select(TICK):
            if isinstance(key.data, Child):
                self._hear(key.data)
            else:
                os.read(key.fd, 64)
        if self.stop_asked:
            raise Stopped

    def _hear(self, child: Child) -> None:
        lines = child.lines()
        if lines is None:
            self.selector.unregister(child.output)
            self._ended(child)
        for line in lines or ():
            self.say(line, child.name)
            if child.name == "web" and line.startswith(READY):
                self._web_is_ready()

    def _web_is_ready(self) -> None:
        for child in self.children:
            if not child.crashes:
                child.start_at = 0.0
        self._say_how_to_sign_in()

    def _say_how_to_sign_in(self) -> None:
        made = seeded(self.settings.data) if self.options.practice else None
        if made is None:
            self.say("Sign in as an administrator; kikite create-admin makes one")
            return
        self.say(f"Sign in as {' or '.join(made.emails)}, password {made.password}")

    def _ended(self, child: Child) -> None:
        code = child.ended()
        if self.stop_asked or (code == 0 and child.name in ("migrate", "demo")):
            return
        if code == Exit.SETUP or child.name in ("migrate", "demo"):
            self.code = code if code > 0 else 1
            self.stop_asked = True
            return
        self.say(f"{child.name} ended ({_how(code)}); starting it again in {child.pause:g} s")

    def _keep_postgres(self) -> None:
        """PostgreSQL mends itself when it is started again; others' (attached) may also have gone."""
        if self.postgres is not None and self.postgres.poll() is None:
            return
        if self.postgres is None and embedded.postmaster(embedded.cluster(self.settings.data)):
            return
        self.say("PostgreSQL ended; starting it again")
        self.postgres = embedded.start(embedded.cluster(self.settings.data))

    # --- stopping

    def stop(self) -> None:
        """Web first (no new work), then the worker, the practice network, and PostgreSQL last."""
        self.stop_asked = True
        order = {"web": 0, "worker": 1, "practice": 2}
        for child in sorted(self.children, key=lambda child: order.get(child.name, 0)):
            self._stop(child)
        if self.postgres is not None:
            embedded.stop(self.postgres)
        self._forget_signals()
        self.selector.close()

    def _stop(self, child: Child) -> None:
        child.signal(signal.SIGTERM)
        deadline = time.monotonic() + child.stop_seconds
        while child.process is not None:
            if time.monotonic() > deadline:
                child.signal(signal.SIGKILL)
            with contextlib.suppress(Stopped):
                self._turn()

    # --- signals and words

    def _catch_signals(self) -> None:
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self.selector.register(self._woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake.fileno())
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._on_signal)

    def _forget_signals(self) -> None:
        signal.set_wakeup_fd(-1)
        self._woken.close()
        self._wake.close()

    def _on_signal(self, signum: int, frame: object) -> None:
        self.stop_asked = True

    def say(self, text: str, name: str = "kikite") -> None:
        """One line, with who says it in front. A terminal that is gone must not end us."""
        prefix = f"{name:9}│"
        if sys.stdout.isatty():
            prefix = f"\x1b[{COLOURS.get(name, 36)}m{prefix}\x1b[0m"
        with contextlib.suppress(OSError):
            print(prefix, text, flush=True)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"


def main() -> None:
    """`python -m kikite.project.supervisor HOST PORT practice|alone`, as `kikite serve` calls it."""
    host, port, practice = sys.argv[1:]
    options = Options(host, int(port), practice == "practice")
    sys.exit(telling(lambda: sys.exit(serve(env.read(), options))))


if __name__ == "__main__":
    main()
