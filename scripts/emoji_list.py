"""The emoji that are made of several characters: kikite/networks/text/emoji.txt.

scripts/uv run --with emoji python scripts/emoji_list.py      write them anew

The PyPI package `emoji` carries Unicode's own list (emoji-test.txt); the newest release is the newest Unicode.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module, metadata
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "kikite" / "networks" / "text" / "emoji.txt"
SOURCE = """\
: Emoji of several characters, from Unicode's emoji-test.txt as the PyPI package emoji {version} carries it: fully
: qualified ones only, of skin tones only \U0001f3fb, which stands for each. Written by scripts/emoji_list.py.
"""
TONES = re.compile("[\U0001f3fb-\U0001f3ff]")


def main() -> int:
    """Write the file."""
    known = import_module("emoji").EMOJI_DATA
    whole = [text for text, told in known.items() if told["status"] == 2 and len(text) > 1]
    lines = sorted({TONES.sub("\U0001f3fb", text) for text in whole})
    TARGET.write_text(SOURCE.format(version=metadata.version("emoji")) + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} emoji of several characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
