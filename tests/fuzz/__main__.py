"""`make fuzz`: every target for so long, by both engines; prints what each tried, and ends with 1 when one failed.

make fuzz ARGS="--seconds 60 --only mastodon"
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from . import shaped
from .targets import Target, targets

CRASHES = Path(".fuzz")
_TRIED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="for each target and engine")
    parser.add_argument("--only", default="", help="targets whose name begins like this: mastodon, x.receive")
    options = parser.parse_args()
    CRASHES.mkdir(exist_ok=True)
    failed = [
        target.name for target in targets() if target.name.startswith(options.only) and not _both(target, options)
    ]
    print(f"failed: {', '.join(failed)}" if failed else "no crash")
    return 1 if failed else 0


def _both(target: Target, options: argparse.Namespace) -> bool:
    well = _shaped(target, options.seconds)
    return _guided(target, options.seconds) and well


def _shaped(target: Target, seconds: float) -> bool:
    try:
        tried = shaped.run(target, seconds)
    except Exception:
        traceback.print_exc()
        print(f"{target.name:24} hypothesis  FAILED", flush=True)
        return False
    print(f"{target.name:24} hypothesis  {tried:>10,} inputs", flush=True)
    return True


def _guided(target: Target, seconds: float) -> bool:
    with tempfile.TemporaryDirectory(prefix="kikite-fuzz-") as corpus:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.guided",
            target.name,
            str(max(1, round(seconds))),
            corpus,
            str(CRASHES),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
    said = done.stdout + done.stderr
    if done.returncode:
        print("\n".join(line for line in said.splitlines() if not line.startswith(("INFO:", "#")))[:6000])
        print(f"{target.name:24} atheris     FAILED, see {CRASHES}/", flush=True)
        return False
    found = _TRIED.search(said)
    print(f"{target.name:24} atheris     {int(found[1]) if found else 0:>10,} inputs", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
