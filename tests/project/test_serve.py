"""`kikite serve` as a person lives it: started, killed, started again, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kikite.project import embedded, env

from .running import Serve, environ, free_port, serving, wait_for


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for the tests below: making the database is the slow part, and is tested by the first."""
    return tmp_path_factory.mktemp("serve") / "data"


def test_the_first_start_makes_everything_and_a_signal_stops_all(data: Path) -> None:
    with serving(data) as serve:
        assert serve.status("/sign-in") == 200
        assert "Sign in as sam@tsubame.example" in serve.said
        wait_for(lambda: len(serve.children()) == 4, "database, desk, worker and practice network run")
        assert serve.stop(signal.SIGINT) == 0
        assert serve.children() == {}


def test_the_second_start_makes_nothing_again(data: Path) -> None:
    with serving(data) as serve:
        assert "Preparing the database" not in serve.said


def test_after_a_kill_nothing_is_left_and_the_next_start_works(data: Path) -> None:
    port = free_port()
    with serving(data, "--no-practice", port=port) as serve:
        assert serve.stop(signal.SIGKILL) == -signal.SIGKILL
        with serving(data, "--no-practice", port=port) as again:
            assert again.status("/sign-in") == 200
        wait_for(lambda: serve.children() == {}, "the children of the killed one are gone")


def test_a_crashed_desk_comes_back_and_nobody_is_refused(data: Path) -> None:
    with serving(data, "--no-practice") as serve:
        os.kill(serve.children()["kikite.project.web"], signal.SIGKILL)
        assert serve.status("/sign-in") == 200
        assert "web ended (by SIGKILL)" in serve.said


def test_a_crashed_database_comes_back(data: Path) -> None:
    with serving(data, "--no-practice") as serve:
        before = serve.children()["postgres"]
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: serve.children().get("postgres", before) != before, "PostgreSQL runs again")
        wait_for(lambda: serve.status("/sign-in") == 200, "the desk answers again")


def test_a_taken_port_is_told(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serve = Serve(data, port, "--no-practice")
        assert serve.process.wait(60) == 3
        assert f"Cannot listen on 127.0.0.1:{port}" in serve.said
        assert serve.children() == {}


def test_a_second_one_over_the_same_data_is_refused(data: Path) -> None:
    with serving(data, "--no-practice") as serve:
        second = Serve(data, free_port(), "--no-practice")
        assert second.process.wait(60) == 3
        assert f"already runs with {data} (process {serve.process.pid})" in second.said


def test_a_database_of_ones_own_is_prepared_and_served(data: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    with embedded.running(theirs, durable=False) as cluster:
        keys = {"KIKITE_SECRET_KEY": "x" * 40, "KIKITE_ENCRYPTION_KEYS": env.new_encryption_key()}
        with serving(tmp_path / "ours", more={"DATABASE_URL": cluster.url, **keys}) as serve:
            assert serve.status("/sign-in") == 200
            assert "kikite create-admin" in serve.said
            wait_for(
                lambda: set(serve.children()) == {"kikite.project.web", "kikite.project.worker"}, "desk and worker"
            )
        assert embedded.postmaster(cluster)


def test_the_supervisor_is_small(data: Path) -> None:
    with serving(data, "--no-practice") as serve:
        status = Path(f"/proc/{serve.process.pid}/status").read_text()
        kilobytes = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        assert kilobytes < 25_000


def test_a_start_over_existing_data_is_quick(data: Path) -> None:
    """Three seconds on an idle machine; on a busy one not much more than Django itself needs to load the desk."""
    load = "import django; django.setup(); import uvicorn, kikite.project.asgi, kikite.project.urls"
    more = {"DJANGO_SETTINGS_MODULE": "kikite.project.settings"}
    bare, times = [], []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", load], env=environ(data, **more), check=True)
        bare.append(time.monotonic() - began)
        began = time.monotonic()
        with serving(data, "--no-practice"):
            times.append(time.monotonic() - began)
    assert min(times) < max(3.0, 2.5 * min(bare))
