"""The admin half: customers act, clocks move, tokens die. One method an act, its arguments are the JSON given."""

from __future__ import annotations

import base64
from typing import Any

from . import acts, tokens
from .faults import Faults
from .hooks import call_back
from .state import APP, FACEBOOK, State, Thing


class Admin:
    def __init__(self, state: State, faults: Faults) -> None:
        self.state = state
        self.faults = faults

    def act(self, name: str, given: Thing) -> Any:
        return getattr(self, f"do_{name}")(**given)

    # --- the brand ---

    def do_account(self, platform: str, name: str, username: str) -> Thing:
        """The brand's account, made on the first call, and a token that works."""
        found = next((one for one in self.state["accounts"].values() if one["platform"] == platform), None)
        if found is None:
            found = {"id": self.state.number(), "platform": platform, "name": name, "username": username}
            self.state["accounts"][found["id"]] = found
        return {**found, "token": self.do_token(platform), "app": APP}

    def do_token(self, platform: str, lives: float | None = None, scopes: list[str] | None = None) -> str:
        account = self.state.account_of(platform)
        kind = "PAGE" if platform == FACEBOOK else "IG"
        given = list(tokens.SCOPES[platform]) if scopes is None else scopes
        return tokens.issue(self.state, kind, account["id"], given, lives)

    def do_expire(self, token: str) -> None:
        self.state["tokens"][token]["expires_at"] = 1

    def do_ground(self, platform: str, text: str) -> str:
        """A post of the brand, for customers to comment on."""
        account = self.state.account_of(platform)
        return str(acts.publish(self.state, account, account["id"], text, self._file(_PICTURE))["id"])

    # --- customers ---

    def do_post(self, platform: str, by: str, text: str, on: str = "", picture: str = "", own: bool = False) -> str:
        """On the brand's place, on what somebody said (`on`), or (`own`) at the customer's own place."""
        account, person = self.state.account_of(platform), self.state.person(by)
        file = self._file(picture) if picture else ""
        if not on:
            place = person["id"] if own else ""
            return str(acts.publish(self.state, account, person["id"], text, file, place=place)["id"])
        ground = self.state.standing("comments", on) or self.state.standing("posts", on)
        assert ground is not None, f"{on} is gone"
        return str(acts.comment(self.state, account, person["id"], ground, text, file)["id"])

    def do_whisper(self, platform: str, by: str, text: str, picture: str = "", **more: Any) -> str:
        account, person = self.state.account_of(platform), self.state.person(by)
        files = [self._file(picture)] if picture else []
        return str(acts.say(self.state, account, person["id"], text, ours=False, files=files, **more)["id"])

    def do_edit(self, platform: str, key: str, text: str) -> None:
        acts.change(self.state, self.state.account_of(platform), key, text)

    def do_erase(self, platform: str, key: str) -> None:
        acts.erase(self.state, self.state.account_of(platform), key)

    def do_read(self, platform: str, by: str) -> None:
        acts.read(self.state, self.state.account_of(platform), self.state.person(by)["id"])

    def do_say(self, platform: str, to: str, text: str) -> str:
        """The brand writes in the network's own app."""
        account, person = self.state.account_of(platform), self.state.person(to)
        return str(acts.say(self.state, account, person["id"], text, ours=True)["id"])

    def do_event(self, platform: str, field: str, event: Thing) -> None:
        """Any messaging event."""
        acts.tell_event(self.state, self.state.account_of(platform)["id"], field, event)

    def do_elsewhere(self, platform: str, by: str, text: str) -> str:
        """The customer writes to another account of the same app; its key."""
        other = next((one for one in self.state["accounts"].values() if one["platform"] == f"other {platform}"), None)
        if other is None:
            other = {"id": self.state.number(), "platform": f"other {platform}", "name": "Other", "username": "other"}
            self.state["accounts"][other["id"]] = other
        own = self.state.account_of(platform)["id"]
        self.state["subscribed"][other["id"]] = self.state["subscribed"].get(own, [])
        there = {**other, "platform": platform}
        acts.say(self.state, there, self.state.person(by)["id"], text, ours=False)
        return str(other["id"])

    def do_age(self, platform: str, by: str, seconds: float) -> None:
        """What the customer wrote in private was so long ago."""
        key = self.state.person(by)["id"]
        for one in self.state["messages"].values():
            if one["from"] == key:
                one["created"] -= seconds

    def do_block(self, by: str) -> None:
        self.state.person(by)["blocked"] = True

    def do_person(self, name: str) -> Thing:
        return self.state.person(name)

    # --- the server ---

    def do_dashboard(self, platform: str, address: str, token: str) -> bool:
        """A person enters the webhook's address and the verify token; whether the handshake went well."""
        knows = call_back(address, token)
        if knows:
            self.state["subscriptions"]["instagram"] = {"callback_url": address, "app": APP["id"]}
        return knows

    def do_clock(self, forward: float) -> None:
        """Seconds that pass at once."""
        self.state.data["offset"] += forward

    def do_fault(self, **fault: Any) -> None:
        self.faults.add(**fault)

    def do_cured(self) -> None:
        self.faults.clear()

    def do_standing(self, platform: str) -> list[Thing]:
        """Everything that the brand's account has there, private messages too."""
        me = self.state.account_of(platform)["id"]
        found = [
            {"key": one["id"], "text": one["message"], "reply_to": one.get("parent", ""), "hidden": one["hidden"]}
            for list_ in ("posts", "comments")
            for one in self.state[list_].values()
            if one["from"] == me and not one.get("deleted")
        ]
        private = [one for one in self.state["messages"].values() if one["from"] == me and not one.get("deleted")]
        return [*found, *({"key": one["id"], "text": one["text"], "files": one["files"]} for one in private)]

    def do_thing(self, key: str) -> Thing | None:
        """What the server keeps of a post, comment or message."""
        for list_ in ("posts", "comments", "messages"):
            if key in self.state[list_]:
                found: Thing = self.state[list_][key]
                return found
        return None

    def do_seen(self, name: str) -> Any:
        """A part of the state: "signals", "subscribed", "subscriptions", "queue"…"""
        return self.state[name]

    def _file(self, content: str) -> str:
        key = self.state.number()
        base64.b64decode(content, validate=True)
        self.state["files"][key] = {"base64": content, "mime": "image/png"}
        return key


_PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
