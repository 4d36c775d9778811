"""How far a channel was read, as the small JSON text that is kept with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

_LONGEST = 64 * 1024


@dataclass(slots=True)
class Lane:
    """One list that is read onward: notifications, or our own statuses.

    Servers number rows before they are visible, so a lower id can appear after a higher one was read. `base` is the
    newest id old enough that nothing can appear below it any more; what was handed over above it is in `seen` and is
    not handed over again. `reached` is where to go on while a long list is read page by page.
    """

    base: str = ""
    reached: str = ""
    seen: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Cursor:
    """`watch` holds the newest posts that we were told of, with the version that we know."""

    notifications: Lane = field(default_factory=Lane)
    statuses: Lane = field(default_factory=Lane)
    watch: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A cursor of ours; anything else starts from the beginning, which only repeats what is kept already."""
        try:
            data = json.loads(text[:_LONGEST])
            return cls(_lane(data["n"]), _lane(data["s"]), {str(key): str(known) for key, known in data["w"]})
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()

    def dump(self) -> str:
        data = {"n": asdict(self.notifications), "s": asdict(self.statuses), "w": list(self.watch.items())}
        return json.dumps(data, separators=(",", ":"))


def _lane(data: dict[str, Any]) -> Lane:
    return Lane(str(data["base"]), str(data["reached"]), [str(one) for one in data["seen"]])
