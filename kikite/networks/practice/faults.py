"""Trouble on demand: what can go wrong between a client and a network, made to happen.

A fault strikes the next `left` matching requests, or each one with `probability`, or (neither given) until removed.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

from .refusal import Refusal

# What each fault does to a request. "before" means that nothing was taken, "after" that the work is done and only the
# answer is lost.
REQUEST_KINDS = {
    "limit": "429, and again until `seconds` are over",
    "error_before": "500, nothing taken",
    "error_after": "500, although it was taken",
    "hang_before": "no answer for `seconds`, nothing taken",
    "hang_after": "taken, and no answer for `seconds`",
    "late": "taken and answered after `seconds`, whether anybody still waits or not",
    "drop_before": "the connection breaks, nothing taken",
    "drop_after": "taken, and the connection breaks",
    "unavailable": "503, nothing taken",
    "unauthorised": "401, as with an expired token",
    "nonsense": "200 with a body that is not JSON",
}
HOOK_KINDS = {
    "hook_duplicate": "a webhook call is made twice",
    "hook_shuffle": "the events of a webhook call are out of order",
    "hook_garbage": "a signed webhook call whose body is no JSON comes first",
    "hook_stranger": "an event of an unknown type rides along",
}
ON = ("write", "read", "any")


@dataclass(slots=True)
class Fault:
    """`handle` limits it to one account's requests; `on` to writes or reads. `seconds` is for limits and hangs."""

    kind: str
    left: int | None = None
    probability: float | None = None
    seconds: float = 60.0
    handle: str = ""
    on: str = "write"


class Faults:
    """The faults that wait for their requests; kept in memory only, so a restart is a cure."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, given: dict[str, Any]) -> Fault:
        """From the admin API's JSON: kind, next, probability, seconds, handle, on. Raises Refusal 422."""
        kind, left, probability = given.get("kind"), given.get("next"), given.get("probability")
        if kind not in REQUEST_KINDS and kind not in HOOK_KINDS:
            raise Refusal(422, "invalid", f"kind is one of {', '.join([*REQUEST_KINDS, *HOOK_KINDS])}.")
        on, seconds, handle = given.get("on", "write"), given.get("seconds", 60), given.get("handle", "")
        numbers = [seconds, *(value for value in (left, probability) if value is not None)]
        if on not in ON or not isinstance(handle, str) or not all(isinstance(n, int | float) for n in numbers):
            raise Refusal(422, "invalid", f"on is one of {', '.join(ON)}; next, probability and seconds are numbers.")
        fault = Fault(str(kind), int(left) if left is not None else None, probability, float(seconds), handle, on)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def as_data(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def take(self, handle: str, on: str) -> Fault | None:
        """The fault that strikes this request, if any; used up by the asking. `on` is "write", "read" or "hook"."""
        kinds = HOOK_KINDS if on == "hook" else REQUEST_KINDS
        for fault in self._faults:
            if fault.kind not in kinds or (fault.handle and fault.handle.lower() != handle.lower()):
                continue
            if on != "hook" and fault.on not in (on, "any"):
                continue
            if fault.probability is not None and random.random() >= fault.probability:
                continue
            self._use(fault)
            return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                self._faults.remove(fault)
