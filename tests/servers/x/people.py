"""Accounts as the API tells them."""

from __future__ import annotations

from dataclasses import dataclass

from . import shapes
from .gate import Answer, Call
from .problems import partial
from .shapes import Asked
from .state import State


@dataclass
class People:
    state: State

    def me(self, call: Call) -> Answer:
        return self._one(call, call.user, "id")

    def one(self, call: Call) -> Answer:
        return self._one(call, call.path["id"], "id")

    def named(self, call: Call) -> Answer:
        found = self.state.named(call.path["username"])
        return self._one(call, found["id"] if found else call.path["username"], "username")

    def _one(self, call: Call, key: str, parameter: str) -> Answer:
        if key not in self.state.users:
            return 200, {"errors": [partial("user", parameter, key)]}
        return 200, {"data": shapes.user(self.state, self.state.users[key], Asked(dict(call.query)))}

    def some(self, call: Call) -> Answer:
        asked, keys = Asked(dict(call.query)), call.query["ids"].split(",")
        found = [shapes.user(self.state, self.state.users[key], asked) for key in keys if key in self.state.users]
        errors = [partial("user", "ids", key) for key in keys if key not in self.state.users]
        return 200, {**({"data": found} if found else {}), **({"errors": errors} if errors else {})}
