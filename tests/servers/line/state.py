"""What the LINE server knows: accounts, people, what was said, what was pushed. Kept in a file after every change."""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

BOT = "U" + "b0" * 16
CHANNEL_ID = "1653000001"
CHANNEL_SECRET = "0123456789abcdef0123456789abcdef"
TOKENS = 30  # that LINE keeps of one channel


@dataclass
class Kept:
    """Everything that survives a restart."""

    endpoint: str = ""
    active: bool = True
    tokens: dict[str, float] = field(default_factory=dict)  # token: when it ends
    people: dict[str, dict[str, Any]] = field(default_factory=dict)  # user id: name, friend
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # id: what was said, with its file
    pushed: list[dict[str, Any]] = field(default_factory=list)  # id, to, text
    retries: dict[str, list[str]] = field(default_factory=dict)  # retry key: [request id, message id…]
    waiting: list[dict[str, Any]] = field(default_factory=list)  # events that nobody took yet
    quota: int | None = 500
    lives: int = 30 * 86_400  # seconds that an issued token lives
    counter: int = 460_000_000_000_000


class State:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.lock = threading.Lock()
        self.kept = Kept(**json.loads(file.read_text())) if file.exists() else Kept()
        self.faults: list[dict[str, Any]] = []
        self.garbled = ("", "")  # how, and whether what "read" or "write" hears

    def keep(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self.kept)))
        fresh.replace(self._file)

    def next_id(self) -> str:
        self.kept.counter += 1
        return str(self.kept.counter)

    def issue(self, seconds: int | None = None) -> str:
        token = secrets.token_urlsafe(24)
        self.kept.tokens[token] = time.time() + (self.kept.lives if seconds is None else seconds)
        while len(self.kept.tokens) > TOKENS:
            del self.kept.tokens[next(iter(self.kept.tokens))]
        return token

    def knows(self, token: str) -> bool:
        return self.kept.tokens.get(token, 0) > time.time()

    def person(self, name: str) -> str:
        """The id of somebody of that name, who is a friend of the account from their first word on."""
        for key, told in self.kept.people.items():
            if told["name"] == name:
                return key
        key = "U" + secrets.token_hex(16)
        self.kept.people[key] = {"name": name, "friend": True}
        return key

    def fault(self, on: str) -> dict[str, Any] | None:
        """The next fault for this kind of request, used up."""
        for fault in self.faults:
            if fault["on"] == on:
                fault["next"] -= 1
                if fault["next"] <= 0:
                    self.faults.remove(fault)
                return fault
        return None
