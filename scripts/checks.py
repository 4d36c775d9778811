"""The table of docs/checks.md: the checks while writing, drawn from their files.

python scripts/checks.py           write it into the page
python scripts/checks.py --check   fail when the page says something else
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "checks.md"
START = "<!-- checks: written by scripts/checks.py -->\n"
END = "<!-- end of checks -->\n"
LANGUAGES = {"en": "English", "ja": "Japanese"}


def table() -> str:
    """One row a check, in the order of their files."""
    from kikite.playbooks.checks.registry import checks

    rows = ["| check | for example | language | at first |", "| --- | --- | --- | --- |"]
    for check in checks():
        spoken = ", ".join(LANGUAGES[code] for code in check.languages) or "any"
        rows.append(f"| {check.title} | {check.example} | {spoken} | {check.level.name.lower()} |")
    return "\n".join(rows) + "\n"


def page(text: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


def main() -> int:
    settings.configure(USE_I18N=False)
    text = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        if page(text) != text:
            print("The table of docs/checks.md is not the code's. Run: python scripts/checks.py")
            return 1
        return 0
    PAGE.write_text(page(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
