"""How far a channel was read, as the small JSON text that is kept with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

_LONGEST = 64 * 1024


@dataclass(slots=True)
class Lane:
    """One list that is read onward: mentions, our own posts, private messages.

    X may show a post later than one with a higher id. `base` is the newest id old enough that nothing can appear below
    it any more; what was handed over above it is in `seen`. While a long list is read page by page from its newest end,
    `until` is where to go on, `next` the base after it, and `count` how many were read. `read` is when the list was
    last read to its end, `rest` until when it is left alone (seconds since 1970).
    """

    base: str = ""
    seen: list[str] = field(default_factory=list)
    until: str = ""
    next: str = ""
    count: int = 0
    read: float = 0.0
    rest: float = 0.0


@dataclass(slots=True)
class Cursor:
    """`watch` holds the newest posts that we were told of: the id of the version that we know, and when it was written
    (seconds since 1970)."""

    mentions: Lane = field(default_factory=Lane)
    own: Lane = field(default_factory=Lane)
    dms: Lane = field(default_factory=Lane)
    watch: dict[str, tuple[str, float]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A cursor of ours; anything else starts from the beginning, which only repeats what is kept already."""
        try:
            data = json.loads(text[:_LONGEST])
            watch = {str(key): (str(version), float(at)) for key, version, at in data["w"]}
            return cls(_lane(data["m"]), _lane(data["o"]), _lane(data["d"]), watch)
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()

    def dump(self) -> str:
        watch = [(key, version, at) for key, (version, at) in self.watch.items()]
        data = {"m": asdict(self.mentions), "o": asdict(self.own), "d": asdict(self.dms), "w": watch}
        return json.dumps(data, separators=(",", ":"))


def lane_of(text: str) -> Lane:
    """The one lane of a search's cursor."""
    try:
        return _lane(json.loads(text[:_LONGEST]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return Lane()


def _lane(data: dict[str, Any]) -> Lane:
    return Lane(
        _id(data["base"]),
        [_id(one) for one in data["seen"] if one],
        str(data["until"]),
        _id(data["next"]),
        int(data["count"]),
        float(data["read"]),
        float(data["rest"]),
    )


def _id(value: object) -> str:
    """Raises ValueError for what is neither an id nor empty: a cursor that somebody touched."""
    return str(int(str(value))) if value else ""
