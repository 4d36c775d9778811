from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from kikite.project import embedded

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # threads of other tests and preexec_fn


def ask(cluster: embedded.Cluster, statement: LiteralString) -> object:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while not gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def test_it_is_made_kept_and_quick_to_start_again(tmp_path: Path) -> None:
    with embedded.running(tmp_path) as cluster:
        ask(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert ask(cluster, "SHOW listen_addresses") == ""
        assert ask(cluster, "SHOW synchronous_commit") == "on"
    began = time.monotonic()
    with embedded.running(tmp_path) as cluster:
        assert time.monotonic() - began < 5
        assert ask(cluster, "SELECT answer FROM kept") == 42
    assert embedded.postmaster(cluster) is None


def test_a_second_user_attaches_and_does_not_stop_it(tmp_path: Path) -> None:
    with embedded.running(tmp_path, durable=False) as cluster:
        assert embedded.start(cluster) is None
        with embedded.running(tmp_path):
            pass
        assert ask(cluster, "SELECT 1") == 1


def test_what_was_committed_outlives_a_kill(tmp_path: Path) -> None:
    cluster = embedded.cluster(tmp_path)
    process = embedded.start(cluster)
    assert process is not None
    ask(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
    process.kill()
    process.wait()
    with embedded.running(tmp_path):
        assert ask(cluster, "SELECT answer FROM kept") == 42


def test_it_stops_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom kikite.project import embedded\n"
        "print(embedded.start(embedded.cluster(Path(sys.argv[1]))).pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
    wait_until_gone(pid)
    with embedded.running(tmp_path) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_number_that_another_program_has_now_does_not_mislead(tmp_path: Path) -> None:
    with embedded.running(tmp_path, durable=False) as cluster:
        lines = (cluster.folder / "postmaster.pid").read_text().splitlines()
    (cluster.folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert embedded.postmaster(cluster) is None


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 12) / ("longer" * 10)
    with embedded.running(deep, durable=False) as cluster:
        assert len(str(cluster.socket)) < embedded.LONGEST_SOCKET
        assert ask(cluster, "SELECT 1") == 1


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = embedded.cluster(tmp_path).folder
    (half / "base").mkdir(parents=True)
    (half / "pg_hba.conf").write_text("half")
    with embedded.running(tmp_path, durable=False) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_broken_cluster_says_why_it_does_not_start(tmp_path: Path) -> None:
    with embedded.running(tmp_path, durable=False) as cluster:
        pass
    with (cluster.folder / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = 'nonsense'\n")
    with pytest.raises(embedded.EmbeddedError, match="nonsense"):
        embedded.start(cluster)


def test_what_the_database_has_seen_is_asked_by_psql(tmp_path: Path) -> None:
    with embedded.running(tmp_path, durable=False) as cluster:
        assert embedded.applied(cluster) == set()
        ask(cluster, "CREATE TABLE django_migrations AS SELECT 'auth' AS app, '0001_initial' AS name")
        assert embedded.applied(cluster) == {("auth", "0001_initial")}
