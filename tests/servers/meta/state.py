"""What the server remembers: one JSON file, written before anything is answered."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

type Thing = dict[str, Any]

FACEBOOK, INSTAGRAM = "facebook", "instagram"
APP = {"id": "1234567890123456", "secret": "0123456789abcdef0123456789abcdef"}
_EMPTY: Thing = {
    "seq": 0, "offset": 0.0, "accounts": {}, "people": {}, "tokens": {}, "codes": {}, "posts": {}, "comments": {},
    "messages": {}, "files": {}, "uploads": {}, "subscriptions": {}, "subscribed": {}, "queue": [],
    "private_replies": [], "signals": [],
}  # fmt: skip


class State:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: Thing = json.loads(path.read_text()) if path.exists() else json.loads(json.dumps(_EMPTY))

    def save(self) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(self.data))
        draft.replace(self.path)

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def now(self) -> float:
        """Seconds since 1970 by the server's clock, which the admin can move."""
        return time.time() + float(self.data["offset"])

    def number(self) -> str:
        """A fresh id, as Meta's are: long numbers."""
        self.data["seq"] += 1
        return str(100_000_000_000_000 + self.data["seq"])

    def mid(self, platform: str) -> str:
        """A fresh id of a message: Messenger's and Instagram's look different, and Instagram's may end with equals
        signs."""
        number = self.number()
        if platform == FACEBOOK:
            return "m_" + base64.urlsafe_b64encode(f"messenger:{number}:Xy".encode()).decode().rstrip("=")
        return base64.b64encode(f"ig_dm_item:IGMessageID:{number}".encode()).decode()

    def person(self, name: str) -> Thing:
        """A customer, made when first named."""
        if name not in self["people"]:
            self["people"][name] = {"id": self.number(), "name": name, "username": name}
        found: Thing = self["people"][name]
        return found

    def who(self, key: str) -> Thing:
        """An account or a customer by id; somebody unknown has an id only."""
        if key in self["accounts"]:
            found: Thing = self["accounts"][key]
            return found
        return next(
            (one for one in self["people"].values() if one["id"] == key), {"id": key, "name": "", "username": ""}
        )

    def account_of(self, platform: str) -> Thing:
        return next(one for one in self["accounts"].values() if one["platform"] == platform)

    def standing(self, list_: str, key: str) -> Thing | None:
        found: Thing | None = self[list_].get(key)
        return found if found and not found.get("deleted") else None


def iso(moment: float) -> str:
    """Graph's own way of writing a time."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
