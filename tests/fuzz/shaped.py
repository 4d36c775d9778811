"""Hypothesis: the seeds with something in them replaced, left out, cut off, repeated; until the time is over."""

from __future__ import annotations

import random
import time

import orjson
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.contract.desk import mangle

from .targets import Target

MOST_AT_ONCE = 500
_PHASES = (Phase.generate, Phase.target, Phase.shrink)


def spoilt(seed: bytes, chance: random.Random) -> bytes:
    """A seed with one to four things wrong in its JSON; its first line may be wrong as well."""
    line, cut, body = seed.partition(b"\n")
    if not cut:
        line, body = b"", seed
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return seed[: chance.randrange(len(seed) + 1)]
    for _ in range(chance.randint(1, 4)):
        value = mangle(value, chance)
    return line + cut + orjson.dumps(value)


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    seeds = st.sampled_from(target.seeds or (b"{}",))
    shaped = st.builds(spoilt, seeds, st.randoms(use_true_random=False))
    shortened = st.builds(lambda seed, length: seed[:length], seeds, st.integers(0, 4000))
    noise = st.builds(lambda seed, tail: seed.partition(b"\n")[0] + b"\n" + tail, seeds, st.binary(max_size=300))
    return st.one_of(shaped, shaped, shaped, shortened, noise)


def run(target: Target, seconds: float, examples: int = MOST_AT_ONCE) -> int:
    """How many inputs were tried. Raises what the first that fails raises, shrunk."""
    tried, end = 0, time.monotonic() + seconds

    @settings(
        max_examples=examples, deadline=None, database=None, phases=_PHASES, suppress_health_check=list(HealthCheck)
    )
    @given(inputs(target))
    def once(given: bytes) -> None:
        nonlocal tried
        tried += 1
        target.run(given)

    while tried == 0 or time.monotonic() < end:
        once()
    return tried
