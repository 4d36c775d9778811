"""`kikite channels`: connecting, again, disconnecting and changing keys, as processes, on the real practice server."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kikite.project import env
from tests.contract.practice_stage import BRAND, PracticeStage

from .running import kikite

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeStage]:
    stage = PracticeStage(tmp_path_factory.mktemp("practice"))
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """Not in pytest's own folder: each run closes that one to others, PostgreSQL's own user among them."""
    with tempfile.TemporaryDirectory(prefix="kikite-cli-", ignore_cleanup_errors=True) as folder:
        made = kikite(Path(folder) / "data", "migrate")
        assert made.returncode == 0, made.stderr
        yield Path(folder) / "data"


def channels(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return kikite(data, "channels", *arguments, **more)


def fields(stage: PracticeStage, **more: str) -> list[str]:
    values = {"base_url": stage.account.base_url, **stage.account.secrets, **more}
    return [part for name, value in values.items() for part in ("--field", f"{name}={value}")]


def test_connect_again_and_disconnect(data: Path, stage: PracticeStage) -> None:
    made = channels(data, "connect", "practice", "--brand", "Tsubame Air", *fields(stage))
    assert made.returncode == 0, made.stderr
    assert f"{BRAND} on Practice network is connected for Tsubame Air" in made.stdout
    listed = channels(data, "list").stdout
    number = listed.splitlines()[1].split()[0]
    assert BRAND in listed and number.isdecimal()

    wrong = channels(data, "again", number, "--field", "token=wrong", "--field", "webhook_secret=x")
    assert wrong.returncode == 1 and "does not accept these credentials" in wrong.stderr, wrong
    keys = f"{env.new_encryption_key()},{(data / 'encryption.keys').read_text().strip()}"
    assert "1 channels are encrypted" in channels(data, "rotate-keys", KIKITE_ENCRYPTION_KEYS=keys).stdout
    assert channels(data, "rotate-keys").returncode == 1
    assert channels(data, "disconnect", number, "--yes").returncode == 0
    assert "disconnected" in channels(data, "list").stdout


def test_ways_and_channels_that_there_are_not(data: Path) -> None:
    wrong = channels(data, "connect", "practice", "--brand", "Tsubame Air", "--way", "magic")
    assert wrong.returncode == 2 and "sign-in" in wrong.stderr
    nobody = channels(data, "again", "999999")
    assert nobody.returncode == 1 and "kikite channels list" in nobody.stderr
