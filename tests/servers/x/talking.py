"""Private messages between two accounts; a conversation's id is both their keys, the smaller one first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from . import shapes
from .activity import Activity
from .gate import Answer, Call
from .media import attached
from .problems import Problem, partial
from .shapes import Asked
from .state import State, Thing, iso, now
from .writing import DM_LENGTH, written

KEPT = timedelta(days=30)
CLOSED = "You do not have permission to DM one or more participants."


def conversation(one: str, other: str) -> str:
    return "-".join(sorted((one, other), key=int))


@dataclass
class Talking:
    state: State
    activity: Activity

    def to_participant(self, call: Call) -> Answer:
        return self._send(call, call.path["participant_id"])

    def to_conversation(self, call: Call) -> Answer:
        both = call.path["dm_conversation_id"].split("-")
        if call.user not in both or len(both) != 2:
            raise Problem.forbidden(CLOSED)
        return self._send(call, next(key for key in both if key != call.user))

    def _send(self, call: Call, to: str) -> Answer:
        text = str(call.body.get("text", ""))
        ids = [one["media_id"] for one in call.body.get("attachments", [])]
        if len(ids) > 1:
            raise Problem.invalid("attachments has more than one element", "attachments")
        if len(text) > DM_LENGTH:
            raise Problem.invalid(f"text is longer than {DM_LENGTH} characters", "text")
        other = self.state.user(to)
        wrote = any(one["sender"] == to and one["to"] == call.user for one in self.state.dms.values())
        if call.user in other["blocks"] or not (other["takes_dms"] or wrote):
            raise Problem.forbidden(CLOSED)
        one = self.say(call.user, to, text, attached(self.state, call.user, ids, "dm"))
        return 201, {"data": {"dm_event_id": one["id"], "dm_conversation_id": one["conversation"]}}

    def say(self, sender: str, to: str, text: str, media: Iterable[str] = ()) -> Thing:
        key, media = self.state.new_key(), list(media)
        stands, entities = written(self.state, text, media)
        for link in entities.get("urls", []):
            if link.pop("media_key", ""):  # private media have an address that only the two can open
                link["expanded_url"] = f"https://x.com/messages/media/{key}"
        one = {
            "id": key, "sender": sender, "to": to, "typed": text, "text": stands, "entities": entities, "at": now(),
            "media": media, "conversation": conversation(sender, to), "gone_for": [],
        }  # fmt: skip
        self.state.dms[key] = one
        payload = {"direct_message_events": [self._legacy(one)], "users": self._users(sender, to)}
        self.activity.happened("dm.sent", sender, payload, {})
        self.activity.happened("dm.received", to, payload, {})
        return one

    def _legacy(self, one: Thing) -> Thing:
        """As the streams and webhooks tell it, which is the old API's shape, without the conversation."""
        data: Thing = {
            "text": one["text"],
            "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        }
        for link in one["entities"].get("urls", []):
            told = {name: link[name] for name in ("url", "expanded_url", "display_url")}
            data["entities"]["urls"].append({**told, "indices": [link["start"], link["end"]]})
        for key in one["media"]:
            made = shapes.with_media(self.state, [key], shapes.EVERYTHING)[key]
            address = made.get("url") or made.get("preview_image_url")
            medium = {"id_str": key.rpartition("_")[2], "type": made["type"], "media_url_https": address}
            data["attachment"] = {"type": "media", "media": medium}
        return {
            "type": "message_create",
            "id": one["id"],
            "created_timestamp": str(int(datetime.fromisoformat(one["at"]).timestamp() * 1000)),
            "message_create": {"target": {"recipient_id": one["to"]}, "sender_id": one["sender"], "message_data": data},
        }

    def _users(self, *keys: str) -> Thing:
        told = {key: shapes.user(self.state, self.state.users[key], shapes.EVERYTHING) for key in keys}
        return {key: {"data": shapes.spelt(one)} for key, one in told.items()}

    def seen(self, by: str, author: str) -> None:
        """`by` read what `author` wrote; told in the old API's shape."""
        last = max((one["id"] for one in self.state.dms.values() if one["to"] == by), key=int)
        told = {
            "type": "MarkRead", "sender_id": by, "target": {"recipient_id": author}, "last_read_event_id": last,
            "created_timestamp": str(int(datetime.now(UTC).timestamp() * 1000)),
        }  # fmt: skip
        payload = {"direct_message_mark_read_events": [told], "users": self._users(by, author)}
        self.activity.happened("dm.read", author, payload, {})

    def sealed(self, sender: str, to: str) -> str:
        """An encrypted message: nothing of it can be read, and only the streams and webhooks tell of it."""
        key = f"00000000-0000-4000-8000-{int(self.state.new_key()) % 10**12:012d}"
        payload = {
            "conversation_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2VhbGVk", "id": key, "sender_id": sender,
            "created_at_msec": str(int(datetime.now(UTC).timestamp() * 1000)),
            "conversation_id": f"{sender}:{to}", "conversation_key_version": "1768236281331",
            "encoded_event": "CwABAAAAEw==", "message_event_signature": {"signature": "c2ln", "signature_version": "7"},
        }  # fmt: skip
        self.activity.happened("chat.received", to, payload, {})
        return key

    # --- reading ---

    def events(self, call: Call) -> Answer:
        return self._page(call, self._of(call.user))

    def with_participant(self, call: Call) -> Answer:
        other = call.path["participant_id"]
        return self._page(call, [one for one in self._of(call.user) if other in (one["sender"], one["to"])])

    def of_conversation(self, call: Call) -> Answer:
        return self._page(call, [one for one in self._of(call.user) if one["conversation"] == call.path["id"]])

    def _of(self, user: str) -> list[Thing]:
        oldest = iso(datetime.now(UTC) - KEPT)
        found = [
            one for one in self.state.dms.values()
            if user in (one["sender"], one["to"]) and user not in one["gone_for"] and one["at"] >= oldest
        ]  # fmt: skip
        return sorted(found, key=lambda one: int(one["id"]), reverse=True)

    def _page(self, call: Call, found: list[Thing]) -> Answer:
        asked = Asked(dict(call.query))
        if "MessageCreate" not in call.query.get("event_types", "MessageCreate"):
            found = []
        token = call.query.get("pagination_token")
        found = [one for one in found if token is None or int(one["id"]) < int(token)]
        page = found[: int(call.query.get("max_results", 100))]
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(found) > len(page):
            meta["next_token"] = page[-1]["id"].zfill(19)
        return 200, {**self._told(page, asked), "meta": meta}

    def one(self, call: Call) -> Answer:
        found = [one for one in self._of(call.user) if one["id"] == call.path["event_id"]]
        if not found:
            return 200, {"errors": [partial("dm_event", "event_id", call.path["event_id"])]}
        told = self._told(found, Asked(dict(call.query)))
        return 200, {**told, "data": told["data"][0]}

    def _told(self, page: list[Thing], asked: Asked) -> Thing:
        included: Thing = {}
        if "sender_id" in asked.expansions:
            people = {one["sender"] for one in page}
            included["users"] = [shapes.user(self.state, self.state.users[key], asked) for key in sorted(people)]
        if "attachments.media_keys" in asked.expansions:
            keys = [key for one in page for key in one["media"]]
            included["media"] = list(shapes.with_media(self.state, keys, asked).values())
        included = {name: found for name, found in included.items() if found}
        told: Thing = {"data": [self._event(one, asked) for one in page]} if page else {}
        return {**told, "includes": included} if included else told

    @staticmethod
    def _event(one: Thing, asked: Asked) -> Thing:
        told = {
            "id": one["id"], "event_type": "MessageCreate", "text": one["text"], "sender_id": one["sender"],
            "created_at": one["at"], "dm_conversation_id": one["conversation"],
            "entities": one["entities"] or None,
            "attachments": {"media_keys": one["media"]} if one["media"] else None,
        }  # fmt: skip
        return {name: value for name, value in told.items() if name in asked.dm and value is not None}

    def delete(self, call: Call) -> Answer:
        """Taken from the own view of the conversation only, as on X."""
        one = self.state.dms.get(call.path["event_id"])
        if one is None or call.user not in (one["sender"], one["to"]):
            raise Problem.not_found("dm_event", "event_id", call.path["event_id"])
        if call.user not in one["gone_for"]:
            one["gone_for"].append(call.user)
        return 200, {"data": {"deleted": True}}
