"""A play: one performance of a story by one customer, kept in the practice network's file between steps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from ..store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS play (id INTEGER PRIMARY KEY, done INTEGER NOT NULL DEFAULT 0, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS play_live ON play (id) WHERE NOT done;
"""


@dataclass(slots=True)
class Play:
    """Where a customer stands in their story. Times are Unix seconds; keys of posts are 0 while there is none.

    `queue` holds what they are about to do, already worded: {due, kind, text, picture}. `waiting_since` is 0 unless
    the last word is theirs; `seen` is the newest of the brand's answers that they have read.
    """

    story: str
    handle: str
    props: dict[str, str]
    id: int = 0
    root: int = 0
    last: int = 0
    answer: int = 0
    private: bool = False
    turn: int = 0
    grumbles: int = 0
    bumps: int = 0
    waiting_since: float = 0.0
    queue: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False

    def plan(self, kind: str, text: str, picture: str, due: float) -> None:
        self.queue.append({"due": due, "kind": kind, "text": text.format_map(self.props), "picture": picture})


def load(store: Store) -> list[Play]:
    """Everything that is still being played."""
    store.db.executescript(SCHEMA)
    rows = store.rows("SELECT id, data FROM play WHERE NOT done ORDER BY id")
    return [Play(**{**orjson.loads(row["data"]), "id": row["id"]}) for row in rows]


def keep(store: Store, play: Play) -> None:
    data = orjson.dumps(asdict(play))
    with store.writing() as db:
        if play.id:
            db.execute("UPDATE play SET done = ?, data = ? WHERE id = ?", (play.done, data, play.id))
        else:
            play.id = db.execute("INSERT INTO play (done, data) VALUES (?, ?)", (play.done, data)).lastrowid or 0
