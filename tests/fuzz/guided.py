"""Atheris: libFuzzer, led by which lines of the connectors an input reaches. One target in a process of its own, since
libFuzzer ends the process.

`python -m tests.fuzz.guided TARGET SECONDS CORPUS CRASHES`; 77 is what it ends with after a crash.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

# Without these it would learn the way through JSON and regular expressions instead of ours.
with atheris.instrument_imports(include=["kikite.networks"]):
    from .targets import named


def main() -> None:
    name, seconds, corpus, crashes = sys.argv[1:]
    target = named(name)
    for place, seed in enumerate(target.seeds):
        Path(corpus, f"seed-{place}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=20", f"-artifact_prefix={crashes}/{name}-"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", corpus], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
