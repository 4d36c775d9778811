"""The catalogues of the screens' words: English (the words in the code) and Japanese, without GNU gettext.

python scripts/catalogues.py update     put the words of the code into the .po files
python scripts/catalogues.py compile    make the .mo files that Django reads (`make` does so)
python scripts/catalogues.py check      fail when a word is missing, stale, untranslated or has other placeholders
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kikite"
LOCALE = PACKAGE / "locale"
LANGUAGES = ("en", "ja")
SOURCE = "en"  # its words are those of the code; its catalogue only holds plurals
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2),
    "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[a-z%]|\{(\w*)\}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("update", "compile", "check"))
    action = parser.parse_args().action
    if action == "update":
        return update()
    return compile_all() if action == "compile" else check()


def update() -> int:
    """New words come in, words that are gone go out; what is translated stays."""
    words = collect()
    for language in LANGUAGES:
        kept = _read(language)
        kept.update(words, no_fuzzy_matching=True, update_creation_date=False)
        kept.obsolete.clear()
        _path(language).parent.mkdir(parents=True, exist_ok=True)
        with _path(language).open("wb") as file:
            write_po(file, kept, width=110, sort_output=True, include_lineno=False, omit_header=False)
        print(f"{language}: {len(kept)} words, {sum(1 for _ in _untranslated(kept, language))} to translate")
    return 0


def compile_all() -> int:
    for language in LANGUAGES:
        with _path(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, _read(language))
    return 0


def check() -> int:
    words = collect()
    problems = [f"{language}: {problem}" for language in LANGUAGES for problem in _problems(words, language)]
    print("\n".join(problems) or f"{len(words)} words, complete in {' and '.join(LANGUAGES)}")
    if problems:
        print("Run: python scripts/catalogues.py update, then translate kikite/locale/ja/LC_MESSAGES/django.po")
    return 1 if problems else 0


def _problems(words: Catalog, language: str) -> Iterator[str]:
    catalogue = _read(language)
    for message in words:
        if message.id and catalogue.get(message.id, message.context) is None:
            yield f"missing: {message.id!r}"
    for message in catalogue:
        if message.id and words.get(message.id, message.context) is None:
            yield f"no longer said anywhere: {message.id!r}"
    for message in _untranslated(catalogue, language):
        yield f"not translated: {message.id!r}"
    for message in catalogue:
        if message.id and _wrong_placeholders(message):
            yield f"other placeholders than the original: {message.id!r}"


def _untranslated(catalogue: Catalog, language: str) -> Iterator[Message]:
    for message in catalogue:
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and language != SOURCE and (message.fuzzy or not all(texts)):
            yield message


def _wrong_placeholders(message: Message) -> bool:
    """Every translated form uses placeholders of the original; a singular may leave the number out."""
    ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    wanted = _placeholders(ids[-1])
    said = [_placeholders(text) for text in texts if text]
    if len(ids) > 1:
        return any(not found <= wanted for found in said) or (bool(said) and said[-1] != wanted)
    return any(found != wanted for found in said)


def _placeholders(text: str) -> set[str]:
    return {match[0] for match in PLACEHOLDER.finditer(text) if match[0] != "%%"}


def collect() -> Catalog:
    """Every word that the code and the templates say."""
    words = Catalog(project="Kikite")
    for path in sorted(
        [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]
    ):
        if "migrations" in path.parts:
            continue
        for _line, text, comments, context in extract("python", _as_python(path), KEYWORDS, ("Translators:",)):
            words.add(text, locations=[(str(path.relative_to(ROOT)), 0)], auto_comments=comments, context=context)
    return words


def _as_python(path: Path) -> io.BytesIO:
    """A template's words as calls of gettext, by Django's own reading of its tags."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # Everything but the calls is X's in the template's own lines; their indentation would be bad Python.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    return io.BytesIO(text.encode())


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _read(language: str) -> Catalog:
    if _path(language).exists():
        with _path(language).open("rb") as file:
            return read_po(file, locale=language)
    team = {"last_translator": "Kikite", "language_team": "Kikite", "msgid_bugs_address": "-", "version": "1"}
    return Catalog(
        locale=language, project="Kikite", fuzzy=False, header_comment="# The words of Kikite's screens.", **team
    )


if __name__ == "__main__":
    sys.exit(main())
