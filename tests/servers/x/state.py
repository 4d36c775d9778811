"""Everything that this X knows: plain values in one JSON file, whole after each request, so that a kill loses nothing.

Keys are snowflakes as X makes them: milliseconds since its epoch, then 22 bits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from .problems import Problem

type Thing = dict[str, Any]

TABLES = (
    "users", "posts", "likes", "dms", "media", "codes", "tokens", "refreshes", "keys", "webhooks", "subscriptions",
    "rules", "events", "nonces",
)  # fmt: skip
EPOCH_MS = 1_288_834_974_657


class State:
    """`url` is how others reach this server. Who listens in `tell` hears each activity as it happens."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.file = folder / "x.json"
        self.app: Thing = {}
        self.tables: dict[str, dict[str, Thing]] = {name: {} for name in TABLES}
        self.tell: list[Callable[[Thing], None]] = []
        self.published: list[Callable[[Thing], None]] = []
        self._last = 0
        if self.file.exists():
            kept = orjson.loads(self.file.read_bytes())
            self.app, self.tables, self._last = kept["app"], kept["tables"], kept["last"]

    def save(self) -> None:
        kept = {"app": self.app, "tables": self.tables, "last": self._last}
        fresh = self.file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(kept))
        fresh.replace(self.file)

    def __getattr__(self, name: str) -> dict[str, Thing]:
        """A table by its name."""
        try:
            return self.__dict__["tables"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    def new_key(self) -> str:
        """Greater than all before it."""
        self._last = max(self._last + 1, (int(time.time() * 1000) - EPOCH_MS) << 22)
        return str(self._last)

    # --- people ---

    def user(self, key: str) -> Thing:
        if key not in self.users:
            raise Problem.not_found("user", "id", key)
        return self.users[key]

    def named(self, username: str) -> Thing | None:
        return next((one for one in self.users.values() if one["username"].lower() == username.lower()), None)

    def ensure(self, username: str, **more: Any) -> Thing:
        """The account of this name, made on first use. X's names are letters, digits and underscores, 15 at most."""
        username = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in username)[:15]
        found = self.named(username)
        if found is None:
            found = {
                "id": self.new_key(), "username": username, "name": username, "created_at": now(), "description": "",
                "followers": 7, "protected": False, "takes_dms": True, "blocks": [],
            }  # fmt: skip
            self.users[found["id"]] = found
        found.update(more)
        return found

    # --- posts: an edit is a post of its own, the newest of its history is what stands ---

    def post(self, key: str) -> Thing:
        """The post as it stands or stood under this key. Raises Problem 404 for what is gone."""
        found = self.posts.get(key)
        if found is None or found["gone"]:
            raise Problem.not_found("tweet", "id", key)
        return found

    def newest(self, key: str) -> Thing:
        return self.post(self.post(key)["history"][-1])

    def standing(self) -> list[Thing]:
        """What stands, each in its newest version, newest first."""
        found = [one for one in self.posts.values() if not one["gone"] and one["history"][-1] == one["id"]]
        return sorted(found, key=lambda one: int(one["id"]), reverse=True)


def now() -> str:
    return iso(datetime.now(UTC))


def iso(moment: datetime) -> str:
    """As X writes times: UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
