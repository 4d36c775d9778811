"""Trouble on demand, for the calls of the API only: what customers do goes by the admin's door.

`{kind, on, next, seconds}`: the next `next` requests that read or write (`on`: "read", "write", "any"), or all of them
for `seconds` where `next` is 0.

    limit         429, and again until `seconds` are over
    hang_before   no answer for `seconds`, nothing taken
    hang_after    taken, and no answer for `seconds`
    slow          taken and answered after `seconds`
    error         500 with an error body of X's, nothing taken
    error_after   503 with a proxy's page, although it was taken
    html          taken, and a page instead of the answer
    empty         taken, and an answer without a body
    half          taken, and the first half of the answer
    types         taken, and an answer in which every value has another type
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    {"limit", "hang_before", "hang_after", "slow", "error", "error_after", "html", "empty", "half", "types"}
)


@dataclass(slots=True)
class Fault:
    kind: str
    on: str = "write"
    next: int = 1
    seconds: float = 60.0
    since: float = field(default_factory=time.monotonic)


class Faults:
    """`skew`: how many seconds the server's clock is ahead."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.skew = 0.0

    def add(self, **given: Any) -> None:
        fault = Fault(**given)
        if fault.kind not in KINDS:
            raise ValueError(f"{fault.kind} is no fault")
        self.waiting.append(fault)

    def take(self, method: str) -> Fault | None:
        on = "read" if method == "GET" else "write"
        self.waiting = [one for one in self.waiting if one.next or time.monotonic() - one.since < one.seconds]
        for fault in self.waiting:
            if fault.on in (on, "any"):
                if fault.next == 1:
                    self.waiting.remove(fault)
                fault.next = max(0, fault.next - 1)
                return fault
        return None

    def clear(self) -> None:
        self.waiting.clear()
        self.skew = 0.0


def other_types(value: Any) -> Any:
    """The same JSON, in which nothing is of the type that it was."""
    if isinstance(value, dict):
        return {name: other_types(one) for name, one in value.items()} or []
    if isinstance(value, list):
        return {str(place): other_types(one) for place, one in enumerate(value)} or "none"
    return [] if isinstance(value, str) else str(value)
