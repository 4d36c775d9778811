"""What an app may do with posts, comments, webhooks and uploads."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import acts, messaging
from .refusals import Refusal, bad_param, missing, needs
from .state import APP, FACEBOOK, State, Thing

_PAGE_FIELDS = frozenset({
    "feed", "mention", "ratings", "messages", "message_echoes", "message_edits", "message_reads", "message_reactions",
    "messaging_postbacks",
})  # fmt: skip
_IG_FIELDS = frozenset({
    "comments", "live_comments", "mentions", "messages", "message_reactions", "messaging_postbacks", "messaging_seen",
})  # fmt: skip


@dataclass
class Call:
    """An app's request: whose token it bears, and what it holds. `files` are (bytes, media type) by name."""

    state: State
    account: Thing
    scopes: frozenset[str]
    params: Thing
    files: dict[str, tuple[bytes, str]]

    @property
    def facebook(self) -> bool:
        return bool(self.account["platform"] == FACEBOOK)

    def only(self, *names: str) -> None:
        for name in [*self.params, *self.files]:
            if name not in names:
                raise bad_param(name)

    def need(self, facebook: str, instagram: str = "") -> None:
        wanted = facebook if self.facebook else instagram
        if wanted not in self.scopes:
            raise needs(wanted)

    def text(self, name: str = "message") -> str:
        value = self.params.get(name, "")
        if not isinstance(value, str):
            raise bad_param(name, "must be a string")
        return value


def feed(call: Call) -> Thing:
    call.need("pages_manage_posts")
    pictures = [name for name in call.params if re.fullmatch(r"attached_media\[\d\]", name)]
    call.only("message", *pictures)
    if len(call.text()) > 63_206:
        raise bad_param("message", "is too long")
    return {"id": acts.publish(call.state, call.account, call.account["id"], call.text())["id"]}


def photos(call: Call) -> Thing:
    call.need("pages_manage_posts")
    call.only("published", "source")
    if call.params.get("published") != "false":
        raise bad_param("published", "must be false here")
    return {"id": upload(call, "source")}


def message_attachments(call: Call) -> Thing:
    call.need("pages_messaging")
    call.only("message", "filedata")
    return {"attachment_id": upload(call, "filedata")}


def upload(call: Call, name: str) -> str:
    if name not in call.files:
        raise bad_param(name, "must be a file")
    content, mime = call.files[name]
    key, file = call.state.number(), call.state.number()
    call.state["files"][file] = {"base64": base64.b64encode(content).decode(), "mime": mime}
    call.state["uploads"][key] = file
    return key


def messages(call: Call) -> Thing:
    call.need("pages_messaging", "instagram_business_manage_messages")
    return messaging.send(call.state, call.account, call.params)


def subscribed_apps(call: Call) -> Thing:
    call.need("pages_manage_metadata", "instagram_business_basic")
    call.only("subscribed_fields")
    fields = call.text("subscribed_fields").split(",")
    for field in fields:
        if field not in (_PAGE_FIELDS if call.facebook else _IG_FIELDS):
            raise bad_param("subscribed_fields", f"must be one of the fields of this object, which {field} is not")
    call.state["subscribed"][call.account["id"]] = fields
    return {"success": True}


def unsubscribe(call: Call) -> Thing:
    call.state["subscribed"].pop(call.account["id"], None)
    return {"success": True}


# --- comments ---


def _target(call: Call, key: str) -> Thing:
    found = call.state.standing("comments", key) or call.state.standing("posts", key)
    if found is None or found["platform"] != call.account["platform"]:
        raise missing(key)
    return found


def _own_ground(call: Call, found: Thing) -> Thing:
    """Instagram lets an account touch what hangs on its own media only."""
    post = call.state["posts"][found.get("post", found["id"])]
    if not call.facebook and post["place"] != call.account["id"]:
        raise missing(found["id"])
    return found


def comments(call: Call, key: str) -> Thing:
    call.need("pages_manage_engagement", "instagram_business_manage_comments")
    call.only("message", *(("attachment_id",) if call.facebook else ()))
    on, file = _own_ground(call, _target(call, key)), call.text("attachment_id")
    if not call.facebook and "post" in on:
        raise missing(key)
    if file and file not in call.state["uploads"]:
        raise bad_param("attachment_id", "is no photo")
    made = _said(call, on, call.state["uploads"].get(file, ""))
    return {"id": made["id"]}


def replies(call: Call, key: str) -> Thing:
    call.need("", "instagram_business_manage_comments")
    call.only("message")
    on = _own_ground(call, _target(call, key))
    if "post" not in on:
        raise missing(key)
    return {"id": _said(call, on)["id"]}


def mentions(call: Call) -> Thing:
    call.need("", "instagram_business_manage_comments")
    call.only("message", "media_id", "comment_id")
    on = _target(call, call.text("comment_id") or call.text("media_id"))
    if f"@{call.account['username']}" not in on["message"]:
        raise missing(on["id"])
    return {"id": _said(call, on)["id"]}


def _said(call: Call, on: Thing, file: str = "") -> Thing:
    text = call.text()
    if not text and not file:
        raise bad_param("message", "must be non-empty")
    if len(text) > (8000 if call.facebook else 300):
        raise Refusal(100, "(#100) Comment is too long")
    return acts.comment(call.state, call.account, call.account["id"], on, text, file)


def like(call: Call, key: str) -> Thing:
    call.need("pages_manage_engagement")
    call.only()
    likes = _target(call, key)["likes"]
    if call.account["id"] not in likes:
        likes.append(call.account["id"])
    return {"success": True}


def unlike(call: Call, key: str) -> Thing:
    call.need("pages_manage_engagement")
    likes = _target(call, key)["likes"]
    if call.account["id"] in likes:
        likes.remove(call.account["id"])
    return {"success": True}


def change(call: Call, key: str) -> Thing:
    """Hide or show a comment."""
    call.need("pages_manage_engagement", "instagram_business_manage_comments")
    name = "is_hidden" if call.facebook else "hide"
    call.only(name)
    if call.text(name) not in ("true", "false"):
        raise bad_param(name, "must be a boolean")
    found = _own_ground(call, _target(call, key))
    found["hidden"] = call.text(name) == "true"
    return {"success": True}


def delete(call: Call, key: str) -> Thing:
    call.need("pages_manage_engagement", "instagram_business_manage_comments")
    acts.erase(call.state, call.account, _own_ground(call, _target(call, key))["id"])
    return {"success": True}


def subscriptions(state: State, params: Thing, call_back: Callable[[str, str], bool]) -> Thing:
    """The app's webhook: its address must answer the handshake at once."""
    for name in params:
        if name not in ("object", "callback_url", "fields", "include_values", "verify_token"):
            raise bad_param(name)
    known = {"page": _PAGE_FIELDS, "instagram": _IG_FIELDS}.get(str(params.get("object")))
    fields = str(params.get("fields", "")).split(",")
    if known is None or not set(fields) <= known:
        raise bad_param("fields", "must be fields of the object")
    if not call_back(str(params["callback_url"]), str(params.get("verify_token", ""))):
        raise Refusal(2200, "(#2200) Callback verification failed with the following errors: HTTP Status Code = 401")
    state["subscriptions"][params["object"]] = {"callback_url": params["callback_url"], "app": APP["id"]}
    return {"success": True}


type Act = Callable[..., Any]
# (method, the last part of the path): of the account itself, and of a post or comment.
OF_ACCOUNT: dict[tuple[str, str], Act] = {
    ("POST", "feed"): feed, ("POST", "photos"): photos, ("POST", "message_attachments"): message_attachments,
    ("POST", "messages"): messages, ("POST", "subscribed_apps"): subscribed_apps,
    ("DELETE", "subscribed_apps"): unsubscribe, ("POST", "mentions"): mentions,
}  # fmt: skip
OF_THING: dict[tuple[str, str], Act] = {
    ("POST", "comments"): comments, ("POST", "replies"): replies, ("POST", "likes"): like,
    ("DELETE", "likes"): unlike, ("POST", ""): change, ("DELETE", ""): delete,
}  # fmt: skip
