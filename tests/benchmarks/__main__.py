"""`python -m tests.benchmarks [name…]`: measure, print the tables, exit with 1 when a goal is missed."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module

from .figures import Figure, say
from .ground import Ground, laid

NAMES = ("intake", "hooks", "pages", "screen", "memory", "planning", "measuring", "hands")


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, all without a name; the exit code."""
    wrong = [name for name in names if name not in NAMES]
    if wrong:
        print(f"There is no benchmark {', '.join(wrong)}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    begun = time.monotonic()
    figures: list[Figure] = []
    with laid() as ground:
        for name in names or NAMES:
            run: Callable[[Ground], list[Figure]] = import_module(f".{name}", __package__).run
            figures += run(ground)
    missed = [figure.name.strip() for figure in figures if figure.met is False]
    say(f"measured in {(time.monotonic() - begun) / 60:.1f} minutes")
    print(f"\nMissed: {'; '.join(missed)}" if missed else "\nAll goals are met.")
    return 1 if missed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda signum, _frame: sys.exit(128 + signum))  # what was started is taken down
    sys.exit(main(sys.argv[1:]))
