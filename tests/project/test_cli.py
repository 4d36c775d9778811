"""The commands, as processes: what they print, and how they end."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from .running import kikite

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "data"
    made = kikite(folder, "migrate")
    assert made.returncode == 0, made.stderr
    return folder


def test_help_names_every_command_and_the_exit_codes(tmp_path: Path) -> None:
    said = kikite(tmp_path, "--help")
    assert said.returncode == 0
    for command in (
        "serve",
        "web",
        "worker",
        "migrate",
        "check",
        "channels",
        "replay",
        "backup",
        "restore",
        "create-admin",
    ):
        assert command in said.stdout
    assert "3 the set-up" in said.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "--port", "99999"], ["restore", "/nowhere"], ["aside", "retry"]]
)
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    said = kikite(tmp_path, *arguments)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


def test_wrong_settings_end_with_3_and_are_all_told(tmp_path: Path) -> None:
    said = kikite(tmp_path, "serve", KIKITE_URL="desk", KIKITE_DEBUG="perhaps")
    assert said.returncode == 3
    assert "KIKITE_URL" in said.stderr
    assert "KIKITE_DEBUG" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_database_that_is_away_ends_with_3(tmp_path: Path) -> None:
    more = {
        "DATABASE_URL": "postgresql://127.0.0.1:1/kikite",
        "KIKITE_SECRET_KEY": "x" * 40,
        "KIKITE_ENCRYPTION_KEYS": "A" * 43 + "=",
    }
    for command in (["check"], ["migrate"], ["worker"], ["serve", "--no-practice", "--port", "1"]):
        said = kikite(tmp_path, *command, **more)
        assert said.returncode == 3, command
        assert "Traceback" not in said.stderr + said.stdout


def test_commands_ask_for_migrations_first(tmp_path: Path) -> None:
    said = kikite(tmp_path, "channels")
    assert said.returncode == 3
    assert "kikite migrate" in said.stderr


def test_check_finds_nothing_wrong_and_says_what_to_do_next(data: Path) -> None:
    said = kikite(data, "check")
    assert said.returncode == 0, said.stdout
    assert "wrong" not in said.stdout
    assert "kikite channels connect" in said.stdout


def test_create_admin_by_environment_and_again(data: Path) -> None:
    made = kikite(data, "create-admin", "--email", "lead@example.org", KIKITE_ADMIN_PASSWORD=PASSWORD)
    assert (made.returncode, made.stderr) == (0, "")
    again = kikite(data, "create-admin", "--email", "LEAD@example.org", KIKITE_ADMIN_PASSWORD=PASSWORD)
    assert "new password" in again.stdout


@pytest.mark.parametrize(("email", "password"), [("nobody", PASSWORD), ("a@example.org", "short")])
def test_create_admin_refuses_in_words(data: Path, email: str, password: str) -> None:
    said = kikite(data, "create-admin", "--email", email, KIKITE_ADMIN_PASSWORD=password)
    assert said.returncode == 1
    assert said.stderr
    assert "Traceback" not in said.stderr


def test_channels_and_aside_say_when_there_is_nothing(data: Path) -> None:
    assert "No channel is connected" in kikite(data, "channels").stdout
    assert "Nothing is set aside" in kikite(data, "aside").stdout
    assert kikite(data, "aside", "retry", "7").returncode == 1
    assert kikite(data, "aside", "retry", "--all").returncode == 0
    assert "0 channels" in kikite(data, "channels", "rotate-keys").stdout


def test_channels_connect_says_which_networks_there_are(data: Path) -> None:
    said = kikite(data, "channels", "connect", "telegraph", "--brand", "Example")
    assert said.returncode == 1
    assert "practice" in said.stderr


def test_a_backup_comes_back_whole(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "kikite.dump"
    kikite(data, "create-admin", "--email", "kept@example.org", KIKITE_ADMIN_PASSWORD=PASSWORD)
    written = kikite(data, "backup", str(file))
    assert written.returncode == 0, written.stderr
    assert str(data / "encryption.keys") in written.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kikite(data, "create-admin", "--email", "lost@example.org", KIKITE_ADMIN_PASSWORD=PASSWORD)
    assert kikite(data, "restore", str(file), "--yes").returncode == 0
    who = [kikite(data, "create-admin", "--email", mail, KIKITE_ADMIN_PASSWORD=PASSWORD).stdout for mail in
           ("kept@example.org", "lost@example.org")]  # fmt: skip
    assert "new password" in who[0]
    assert "can sign in" in who[1]


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("damage", [_half, lambda content: b"not a backup" + content])
def test_a_damaged_backup_changes_nothing(data: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "kikite.dump"
    assert kikite(data, "backup", str(file)).returncode == 0
    file.write_bytes(damage(file.read_bytes()))
    said = kikite(data, "restore", str(file), "--yes")
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert kikite(data, "check").returncode == 0


def test_restore_asks_first(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "kikite.dump"
    assert kikite(data, "backup", str(file)).returncode == 0
    said = kikite(data, "restore", str(file), stdin="n\n")
    assert said.returncode == 1
    assert "This replaces everything" in said.stdout + said.stderr
