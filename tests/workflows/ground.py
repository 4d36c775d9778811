"""A brand with people who answer for it: what every test of the workflows stands on."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from kikite.accounts.models import Agent, Brand, Membership

_numbers = itertools.count(1)


def a_brand() -> Brand:
    return Brand.objects.create(slug=f"tsubame-{next(_numbers)}", name="Tsubame Air")


def an_agent(brand: Brand) -> Agent:
    agent = Agent.objects.create_agent(f"agent{next(_numbers)}@example.com", None, "Claire")
    Membership.objects.create(agent=agent, brand=brand)
    return agent


def until(is_so: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for a condition; fails with `what` when it does not come true in time."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.02)
