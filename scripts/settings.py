"""The table of settings in docs/operating.md, drawn from the settings themselves.

python scripts/settings.py           write it into the page
python scripts/settings.py --check   fail when the page says something else
"""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from kikite.project.env import Environment

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operating.md"
START = "<!-- settings: written by scripts/settings.py -->\n"
END = "<!-- end of settings -->\n"


def table() -> str:
    """One row a setting, in the order of the code."""
    rows = ["| variable | default | what it means |", "| --- | --- | --- |"]
    for setting in fields(Environment):
        meta = setting.metadata
        default = f"`{meta['default']}`" if meta["default"] else ""
        rows.append(f"| `{meta['name']}` | {default} | {meta['help']} |")
    return "\n".join(rows) + "\n"


def page(text: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        if page(text) != text:
            print("The table of settings in docs/operating.md is not the code's. Run: python scripts/settings.py")
            return 1
        return 0
    PAGE.write_text(page(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
