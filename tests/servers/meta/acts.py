"""What people and apps do: posts, comments, messages, and what the webhooks then tell of them."""

from __future__ import annotations

from typing import Any

from .state import FACEBOOK, State, Thing


def tell_change(state: State, account: str, field: str, value: Thing) -> None:
    _queue(state, account, field, "changes", {"field": field, "value": value})


def tell_event(state: State, account: str, field: str, event: Thing) -> None:
    _queue(state, account, field, "messaging", event)


def _queue(state: State, account: str, field: str, list_: str, thing: Thing) -> None:
    """Only what the account subscribed to is told."""
    if field in state["subscribed"].get(account, []):
        state["queue"].append({"account": account, "list": list_, "thing": thing, "at": state.now()})


# --- public ---


def publish(state: State, account: Thing, by: str, text: str, file: str = "", *, place: str = "") -> Thing:
    """A post on the account's place, or (with another `place`) on a customer's own."""
    number = state.number()
    facebook = account["platform"] == FACEBOOK
    made = {
        "id": f"{place or account['id']}_{number}" if facebook else number,
        "place": place or account["id"], "from": by, "message": text, "file": file, "created": state.now(),
        "platform": account["platform"], "hidden": False, "likes": [],
    }  # fmt: skip
    state["posts"][made["id"]] = made
    if facebook:
        tell_change(state, account["id"], "feed", _post_value(state, made, "add"))
    return made


def comment(state: State, account: Thing, by: str, on: Thing, text: str, file: str = "") -> Thing:
    """A comment on a post, or on a comment. Instagram keeps one floor of answers."""
    post, parent = str(on.get("post", on["id"])), on["id"]
    if account["platform"] != FACEBOOK and on["id"] != post and on["parent"] != post:
        parent = on["parent"]
    number = state.number()
    made = {
        "id": f"{post.rpartition('_')[2]}_{number}" if account["platform"] == FACEBOOK else number,
        "post": post, "parent": parent, "from": by, "message": text, "file": file, "created": state.now(),
        "platform": account["platform"], "hidden": False, "likes": [],
    }  # fmt: skip
    state["comments"][made["id"]] = made
    _tell_comment(state, account, made, "add")
    return made


def _tell_comment(state: State, account: Thing, made: Thing, verb: str) -> None:
    if account["platform"] == FACEBOOK:
        tell_change(state, account["id"], "feed", _comment_value(state, made, verb))
    elif verb == "add" and state["posts"][made["post"]]["place"] == account["id"]:
        tell_change(state, account["id"], "comments", _ig_comment_value(state, made))
    elif verb == "add" and f"@{account['username']}" in made["message"]:
        tell_change(state, account["id"], "mentions", {"media_id": made["post"], "comment_id": made["id"]})


def change(state: State, account: Thing, key: str, text: str) -> None:
    for list_, tell in (("posts", _post_value), ("comments", _comment_value)):
        if key in state[list_]:
            state[list_][key]["message"] = text
            tell_change(state, account["id"], "feed", tell(state, state[list_][key], "edited"))
    if key in state["messages"]:
        made = state["messages"][key]
        made["text"], made["edits"] = text, made.get("edits", 0) + 1
        edit = {"mid": key, "text": text, "num_edit": made["edits"]}
        tell_event(state, account["id"], "message_edits", {**_envelope(state, made), "message_edit": edit})


def erase(state: State, account: Thing, key: str) -> None:
    """What hangs on a post goes with it. Instagram tells of messages alone."""
    facebook = account["platform"] == FACEBOOK
    for list_, tell in (("posts", _post_value), ("comments", _comment_value)):
        if key in state[list_] and not state[list_][key].get("deleted"):
            state[list_][key]["deleted"] = True
            if facebook:
                tell_change(state, account["id"], "feed", tell(state, state[list_][key], "remove"))
    for one in state["comments"].values():
        if key in (one["post"], one["parent"]):
            one["deleted"] = True
    if key in state["messages"]:
        made = state["messages"][key]
        made["deleted"] = True
        message = {"mid": key, "is_deleted": True}
        tell_event(state, account["id"], "messages", {**_envelope(state, made), "message": message})


def _post_value(state: State, made: Thing, verb: str) -> Thing:
    person = state.who(made["from"])
    value = {
        "from": {"id": person["id"], "name": person["name"]}, "item": "photo" if made["file"] else "status",
        "post_id": made["id"], "verb": verb, "published": 1, "created_time": int(made["created"]),
        "message": made["message"],
    }  # fmt: skip
    return value | ({"link": f"{state.data['base']}/files/{made['file']}"} if made["file"] else {})


def _comment_value(state: State, made: Thing, verb: str) -> Thing:
    person = state.who(made["from"])
    value = {
        "from": {"id": person["id"], "name": person["name"]}, "item": "comment", "comment_id": made["id"],
        "post_id": made["post"], "parent_id": made["parent"], "verb": verb, "created_time": int(made["created"]),
        "message": made["message"],
    }  # fmt: skip
    return value | ({"photo": f"{state.data['base']}/files/{made['file']}"} if made["file"] else {})


def _ig_comment_value(state: State, made: Thing) -> Thing:
    person = state.who(made["from"])
    value = {
        "id": made["id"], "text": made["message"], "from": {"id": person["id"], "username": person["username"]},
        "media": {"id": made["post"], "media_product_type": "FEED"},
    }  # fmt: skip
    return value if made["parent"] == made["post"] else {**value, "parent_id": made["parent"]}


# --- private ---


def say(state: State, account: Thing, customer: str, text: str, *, ours: bool, **more: Any) -> Thing:
    """A private message between an account and a customer."""
    one, other = (account["id"], customer) if ours else (customer, account["id"])
    made = {
        "id": state.mid(account["platform"]), "account": account["id"], "customer": customer, "from": one,
        "to": other, "text": text, "created": state.now(), "platform": account["platform"], "files": [], **more,
    }  # fmt: skip
    state["messages"][made["id"]] = made
    message: Thing = {"mid": made["id"]} | ({"text": text} if text else {})
    attachments = [_attachment(state, file) for file in made["files"]] + made.get("attachments", [])
    message |= {"attachments": attachments} if attachments else {}
    message |= {"is_echo": True, "app_id": 1234567890123456} if ours else {}
    message |= {name: made[name] for name in ("reply_to", "is_unsupported") if name in made}
    field = "message_echoes" if ours and account["platform"] == FACEBOOK else "messages"
    tell_event(state, account["id"], field, {**_envelope(state, made), "message": message})
    return made


def _attachment(state: State, file: str) -> Thing:
    kind = state["files"][file]["mime"].partition("/")[0]
    payload = {"url": f"{state.data['base']}/files/{file}"}
    return {"type": kind if kind in ("image", "video", "audio") else "file", "payload": payload}


def _envelope(state: State, made: Thing) -> Thing:
    return {"sender": {"id": made["from"]}, "recipient": {"id": made["to"]}, "timestamp": int(state.now() * 1000)}


def read(state: State, account: Thing, customer: str) -> None:
    now = int(state.now() * 1000)
    told = {"sender": {"id": customer}, "recipient": {"id": account["id"]}, "timestamp": now}
    if account["platform"] == FACEBOOK:
        tell_event(state, account["id"], "message_reads", {**told, "read": {"watermark": now}})
    else:
        last = [one["id"] for one in state["messages"].values() if one["to"] == customer][-1]
        tell_event(state, account["id"], "messaging_seen", {**told, "read": {"mid": last}})
