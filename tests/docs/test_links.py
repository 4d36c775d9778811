"""The pages lead somewhere: every relative link, picture and anchor in them, and every path of code that they name."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# A file or folder of the repository, named in running text: `kikite/cases/states.py`.
NAMED = re.compile(r"`((?:kikite|docs|tests|scripts)/[\w./-]+)`")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    """The targets of a page's links that lead to this repository."""
    found = [first or second for first, second in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_pages_with_links() -> None:
    assert ROOT / "README.md" in PAGES
    assert sum(len(links(page)) for page in PAGES) > 20


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_named_files_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [path for path in NAMED.findall(text) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("script", ["capabilities.py", "settings.py", "checks.py"])
def test_drawn_tables_are_the_codes(script: str) -> None:
    command = [sys.executable, str(ROOT / "scripts" / script), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_dependency_has_its_reason() -> None:
    """docs/decisions/dependencies.md has a line for each package of pyproject.toml, and for no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    asked = [*project["project"]["dependencies"], *(package for group in groups for package in group)]
    reasons = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    told = [
        name for cell in re.findall(r"^\| (`.+?) \|", reasons, re.MULTILINE) for name in re.findall(r"`(.+?)`", cell)
    ]
    assert sorted(told) == sorted(re.split(r"[^\w-]", package)[0] for package in asked)
