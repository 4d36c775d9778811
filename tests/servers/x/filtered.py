"""The filtered stream: everything that anybody says and that fits one of the rules."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import orjson

from . import shapes
from .activity import Activity
from .gate import Answer, Call
from .problems import Problem
from .state import State, Thing, now
from .writing import matching

MOST_RULES = 1000
RULE_LENGTH = 1024


@dataclass
class Filtered:
    state: State
    activity: Activity
    _streams: set[asyncio.Queue[bytes]] = field(default_factory=set)
    _asked: shapes.Asked = field(default_factory=lambda: shapes.Asked({}))

    def stream(self, call: Call) -> Answer:
        self._asked = shapes.Asked(dict(call.query))
        return self.activity.streaming(self._streams)

    def published(self, post: Thing) -> None:
        found = [one for one in self.state.rules.values() if matching(one["value"])(self.state, post)]
        if not found:
            return
        told: Thing = {"data": shapes.post(self.state, post, self._asked)}
        included = shapes.includes(self.state, [post], self._asked)
        told |= {"includes": included} if included else {}
        told["matching_rules"] = [{name: one[name] for name in ("id", "tag") if name in one} for one in found]
        for queue in self._streams:
            queue.put_nowait(orjson.dumps(shapes.spelt(told)))

    def rules(self, call: Call) -> Answer:
        wanted = set(filter(None, call.query.get("ids", "").split(",")))
        found = [one for one in self.state.rules.values() if not wanted or one["id"] in wanted]
        meta = {"result_count": len(found)}
        return 200, {"data": found, "meta": meta} if found else {"meta": meta}

    def update_rules(self, call: Call) -> Answer:
        if "add" in call.body:
            return self._add(call.body["add"])
        gone = call.body.get("delete", {})
        ids, values = set(gone.get("ids", [])), set(gone.get("values", []))
        dead = [key for key, one in self.state.rules.items() if key in ids or one["value"] in values]
        for key in dead:
            del self.state.rules[key]
        summary = {"deleted": len(dead), "not_deleted": len(ids) + len(values) - len(dead)}
        return 200, {"meta": {"sent": now(), "summary": summary}}

    def _add(self, wanted: list[Thing]) -> Answer:
        made = []
        for one in wanted:
            if len(one["value"]) > RULE_LENGTH or len(self.state.rules) >= MOST_RULES:
                raise Problem.invalid("Rules must be no longer than 1024 characters, and no more than 1000", "value")
            if any(rule["value"] == one["value"] for rule in self.state.rules.values()):
                raise Problem.invalid(f"DuplicateRule: {one['value']}", "value")
            rule = {"id": self.state.new_key(), **one}
            self.state.rules[rule["id"]] = rule
            made.append(rule)
        summary = {"created": len(made), "not_created": 0, "valid": len(made), "invalid": 0}
        return 200, {"data": made, "meta": {"sent": now(), "summary": summary}}
