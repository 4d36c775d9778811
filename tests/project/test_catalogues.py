from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


type Words = str | tuple[str, ...]

catalogues = script("catalogues")


def test_every_word_is_in_both_languages() -> None:
    said = subprocess.run([sys.executable, SCRIPTS / "catalogues.py", "check"], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout


def test_the_documented_settings_are_those_of_the_code() -> None:
    said = subprocess.run([sys.executable, SCRIPTS / "settings.py", "--check"], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("original", "translated", "wrong"),
    [
        ("Hello", "こんにちは", False),
        ("%(name)s is here", "%(name)sがいます", False),
        ("%(name)s is here", "%(nam)sがいます", True),
        ("%(name)s is here", "います", True),
        ("{count} left", "残り{count}件", False),
        ("100%% of %s", "%sの100%%", False),
        (("%(n)s post", "%(n)s posts"), ("%(n)s件",), False),
        (("one post", "%(n)s posts"), ("%(n)s件",), False),
        (("one post", "%(n)s posts"), ("件",), True),
    ],
)
def test_placeholders_must_survive_translation(original: Words, translated: Words, wrong: bool) -> None:
    assert catalogues._wrong_placeholders(Message(original, translated)) is wrong


def test_words_are_found_in_code_and_templates() -> None:
    words: Catalog = catalogues.collect()
    assert len(words) > 100
    files = {path for message in words for path, _ in message.locations}
    assert any(path.endswith(".html") for path in files)
    assert any(path.endswith(".py") for path in files)


def test_an_untranslated_a_stale_and_a_fuzzy_word_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    words, kept = Catalog(), Catalog(locale="ja")
    for word in ("told", "fuzzy", "untold", "new"):
        words.add(word)
    kept.add("told", "言った")
    kept.add("fuzzy", "曖昧", flags=["fuzzy"])
    kept.add("untold")
    kept.add("stale", "古い")
    (tmp_path / "ja" / "LC_MESSAGES").mkdir(parents=True)
    with (tmp_path / "ja" / "LC_MESSAGES" / "django.po").open("wb") as file:
        catalogues.write_po(file, kept)
    found = list(catalogues._problems(words, "ja"))
    assert [problem.rpartition(":")[2].strip(" '") for problem in found] == ["new", "stale", "fuzzy", "untold"]
