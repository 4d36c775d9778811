"""The Send API: windows, tags, one private answer a comment, attachments, signs."""

from __future__ import annotations

from typing import Any

from . import acts
from .refusals import Refusal, bad_param, outside_window
from .state import FACEBOOK, INSTAGRAM, State, Thing

HOUR = 3600.0
_WINDOW, _HUMAN, _PRIVATE_REPLY = 24 * HOUR, 7 * 24 * HOUR, 7 * 24 * HOUR
_FIELDS = frozenset({"recipient", "message", "messaging_type", "tag", "sender_action"})


def send(state: State, account: Thing, body: Thing) -> Thing:
    for name in body:
        if name not in _FIELDS:
            raise bad_param(name)
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or set(recipient) not in ({"id"}, {"comment_id"}):
        raise bad_param("recipient", "must be an object with an id or a comment_id")
    if "sender_action" in body:
        return _sign(state, account, recipient, body)
    text, files = _content(state, account, body.get("message"))
    if "comment_id" in recipient:
        return _privately(state, account, recipient["comment_id"], text, files)
    customer = str(recipient["id"])
    _window(state, account, customer, body)
    made = acts.say(state, account, customer, text, ours=True, files=files)
    return {"recipient_id": customer, "message_id": made["id"]}


def _sign(state: State, account: Thing, recipient: Thing, body: Thing) -> Thing:
    if body["sender_action"] not in ("mark_seen", "typing_on", "typing_off") or "message" in body:
        raise bad_param("sender_action", "is none of mark_seen, typing_on, typing_off")
    state["signals"].append([account["id"], recipient["id"], body["sender_action"]])
    return {"recipient_id": recipient["id"]}


def _content(state: State, account: Thing, message: Any) -> tuple[str, list[str]]:
    """One thing at a time: a text or an attachment."""
    if not isinstance(message, dict) or set(message) not in ({"text"}, {"attachment"}):
        raise bad_param("message", "must hold a text or an attachment, and not both")
    if "attachment" in message:
        return "", [_attached(state, account, message["attachment"])]
    text = message["text"]
    if not isinstance(text, str) or not text:
        raise Refusal(100, "(#100) Message cannot be empty, must provide valid attachment or text", 2018100)
    if account["platform"] == FACEBOOK and len(text.encode("utf-16-le")) > 2 * 2000:
        raise Refusal(100, "(#100) Length of param message[text] must be less than or equal to 2000")
    if account["platform"] == INSTAGRAM and len(text.encode()) > 1000:
        raise Refusal(100, "(#100) Length of param message[text] must be less than or equal to 1000")
    return text, []


def _attached(state: State, account: Thing, attachment: Any) -> str:
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    name = payload.get("attachment_id") if isinstance(payload, dict) else None
    if account["platform"] == INSTAGRAM or name not in state["uploads"]:
        raise Refusal(100, "(#100) Upload attachment failure.", 2018074)
    return str(state["uploads"][name])


def _window(state: State, account: Thing, customer: str, body: Thing) -> None:
    """24 hours from the customer's last word, seven days for people."""
    words = [
        one["created"]
        for one in state["messages"].values()
        if one["account"] == account["id"] and one["from"] == customer
    ]
    if not words:
        subcode = 2018001 if account["platform"] == FACEBOOK else 2534014
        raise Refusal(100, "(#100) No matching user found", subcode)
    kind, tag = body.get("messaging_type"), body.get("tag")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG") and account["platform"] == FACEBOOK:
        raise bad_param("messaging_type", "must be one of RESPONSE, UPDATE, MESSAGE_TAG")
    if (kind == "MESSAGE_TAG") != (tag == "HUMAN_AGENT"):
        raise bad_param("tag", "must be one of the message tags")
    if any(one["id"] == customer and one.get("blocked") for one in state["people"].values()):
        raise Refusal(551, "(#551) This person isn't available right now.", 1545041)
    if state.now() - max(words) > (_HUMAN if tag else _WINDOW):
        raise outside_window(account["platform"])


def _privately(state: State, account: Thing, key: str, text: str, files: list[str]) -> Thing:
    found = state.standing("comments", key) or state.standing("posts", key)
    if found is None:
        raise Refusal(100, "(#100) Invalid parameter", 33)
    if key in state["private_replies"]:
        raise Refusal(10900, "(#10900) Activity already replied to")
    if state.now() - found["created"] > _PRIVATE_REPLY:
        raise Refusal(10901, "(#10901) Activity is too old to be replied to privately")
    state["private_replies"].append(key)
    made = acts.say(state, account, found["from"], text, ours=True, files=files)
    return {"recipient_id": found["from"], "message_id": made["id"]}
