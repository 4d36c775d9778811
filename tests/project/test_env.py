from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.project import env


def test_nothing_has_to_be_set() -> None:
    settings = env.read({})
    assert settings.embedded
    assert settings.url == "http://127.0.0.1:8000"
    assert settings.data == Path("data").absolute()


def test_empty_means_not_set() -> None:
    assert env.read({"KIKITE_DATABASE_POOL": " "}).database_pool == 10


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {"DATABASE_URL": "mysql://x/y", "KIKITE_URL": "desk", "KIKITE_DEBUG": "perhaps", "KIKITE_LANGUAGE": "en"}
    with pytest.raises(env.WrongSettings) as error:
        env.read(wrong)
    assert [problem.split()[0] for problem in error.value.problems] == ["DATABASE_URL", "KIKITE_URL", "KIKITE_DEBUG"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("KIKITE_URL", "https://a.example/desk", "path"),
        ("KIKITE_URL", "ftp://a.example", "whole address"),
        ("KIKITE_URL", "http://[::1", "KIKITE_URL"),
        ("KIKITE_DATABASE_POOL", "-1", "from 0 to 200"),
        ("KIKITE_DATABASE_POOL", "many", "from 0 to 200"),
        ("KIKITE_LOG_LEVEL", "loud", "one of debug, info"),
        ("KIKITE_SECRET_KEY", "short", "32 characters"),
        ("KIKITE_ENCRYPTION_KEYS", "short", "at place 1"),
        pytest.param(
            "KIKITE_ENCRYPTION_KEYS", f"{env.new_encryption_key()}, x y z é", "at place 2", id="the second key is none"
        ),
    ],
)
def test_a_wrong_value_is_told_by_name_with_what_to_do(name: str, value: str, says: str) -> None:
    with pytest.raises(env.WrongSettings) as error:
        env.read({name: value})
    assert name in str(error.value)
    assert says in str(error.value)


@given(
    st.dictionaries(st.sampled_from(["KIKITE_URL", "DATABASE_URL", "KIKITE_ENCRYPTION_KEYS", "KIKITE_DATA"]), st.text())
)
def test_no_text_is_a_traceback(environ: dict[str, str]) -> None:
    with suppress(env.WrongSettings):
        assert env.read(environ).data.is_absolute()


def test_secrets_are_never_told() -> None:
    with pytest.raises(env.WrongSettings) as error:
        env.read({"KIKITE_ENCRYPTION_KEYS": "hunter2", "KIKITE_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(error.value)


def test_keys_are_made_once_and_for_us_alone(tmp_path: Path) -> None:
    settings = env.read({"KIKITE_DATA": str(tmp_path / "data")})
    first = env.keys(settings)
    assert env.keys(settings) == first
    assert len(first.secret) >= 32
    for path in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["encryption.keys", "secret.key"]


def test_two_processes_at_once_get_the_same_keys(tmp_path: Path) -> None:
    settings = env.read({"KIKITE_DATA": str(tmp_path)})
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: env.keys(settings), range(8)))
    assert len(found) == 1


def test_given_keys_go_before_kept_ones(tmp_path: Path) -> None:
    settings = env.read({"KIKITE_DATA": str(tmp_path)})
    env.keys(settings)
    given_key = env.new_encryption_key()
    assert env.keys(replace(settings, encryption_keys=(given_key,))).encryption == (given_key,)


def test_keys_must_be_given_with_a_database_of_ones_own() -> None:
    with pytest.raises(env.WrongSettings) as error:
        env.keys(env.read({"DATABASE_URL": "postgresql://somewhere/kikite"}))
    assert len(error.value.problems) == 2
