"""How far an account was read, as the small JSON text that is kept with its channel."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from .reading import stamp

_LONGEST = 128 * 1024


@dataclass(slots=True)
class Cursor:
    """Everything before `since` was handed over (None: nothing yet).

    While the conversations of a long time are read page by page, `after` is Graph's cursor of the next page and
    `began` is when that reading began; `since` becomes `began` when it is done. `watch` holds the newest public posts
    and comments with the version of them that we know.
    """

    since: datetime | None = None
    began: datetime | None = None
    after: str = ""
    watch: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A cursor of ours; anything else starts from the beginning, which only repeats what is kept already."""
        try:
            data = json.loads(text[:_LONGEST])
            watch = {str(key): str(known) for key, known in data["watch"]}
            return cls(_moment(data["since"]), _moment(data["began"]), str(data["after"]), watch)
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()

    def dump(self) -> str:
        data = {
            "since": stamp(self.since) if self.since else "",
            "began": stamp(self.began) if self.began else "",
            "after": self.after,
            "watch": list(self.watch.items()),
        }
        return json.dumps(data, separators=(",", ":"))


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
