"""Atheris: libFuzzer, led by which lines of the connectors an input reaches. One target in a process of its own, since
libFuzzer ends the process.

`python -m tests.fuzz.guided TARGET SECONDS CORPUS CRASHES`; 77 is what it ends with after a crash.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import atheris

# Ours only, or it would learn the way through JSON and regular expressions. A network's folder is imported when its
# target is made, so that this belongs in here as well.
with atheris.instrument_imports(include=["kikite.networks"]):
    from .shaped import spoilt
    from .targets import named

    target = named(sys.argv[1])


def main() -> None:
    name, seconds, corpus, crashes = sys.argv[1:]
    for place, seed in enumerate(target.seeds):
        Path(corpus, f"seed-{place}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-max_len=16384", "-timeout=20", f"-artifact_prefix={crashes}/{name}-"]
    arguments = [sys.argv[0], *options, "-print_final_stats=1", corpus]
    atheris.Setup(arguments, target.run, custom_mutator=_mutated)
    atheris.Fuzz()


def _mutated(given: bytes, longest: int, seed: int) -> bytes:
    """Half of the time what stays JSON: bytes turned at random seldom get past the parser."""
    chance = random.Random(seed)
    if chance.random() < 0.5:
        return bytes(atheris.Mutate(given, longest))
    return spoilt(given, chance)[:longest]


if __name__ == "__main__":
    main()
