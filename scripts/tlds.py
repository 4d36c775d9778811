"""The top-level domains that make a word a link: kikite/networks/text/tlds.txt, and the same for the browser.

python scripts/tlds.py PATH      write them anew from twitter-text's conformance suite, `tlds.yml`

X counts a domain as a link when its own library knows the domain's end, so its list is the one to count by, not
today's list of the IANA: a newer name that X's counter takes for a word would weigh too little here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

KIKITE = Path(__file__).resolve().parent.parent / "kikite"
TARGET = KIKITE / "networks" / "text" / "tlds.txt"
BROWSER = KIKITE / "desk" / "static" / "desk" / "js" / "tlds.js"
SOURCE = """\
# Top-level domains as twitter-text 3.1 knows them: its conformance suite tlds.yml, Apache-2.0,
# https://github.com/twitter/twitter-text/blob/master/conformance/tlds.yml. Written by scripts/tlds.py.
"""


def main(path: str) -> int:
    suites = yaml.safe_load(Path(path).read_text("utf-8"))["tests"]
    names = sorted({case["text"].rpartition(".")[2] for suite in suites.values() for case in suite})
    TARGET.write_text(SOURCE + "\n".join(names) + "\n", "utf-8")
    longest = "|".join(sorted(names, key=lambda name: (-len(name), name)))
    script = f'// Written by scripts/tlds.py: the same list that the server counts by.\nexport default "{longest}";\n'
    BROWSER.write_text(script, "utf-8")
    print(f"{len(names)} top-level domains")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
