"""The nodes of the graph: which fields each has, which lists hang on it, and how they are written.

A field that the documentation does not name for a type is refused, as Graph refuses it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .fields import Wanted
from .refusals import bad_param, unknown_field
from .state import FACEBOOK, State, Thing, iso

type Edge = tuple[str, Callable[[State, Thing, dict[str, str]], list[Thing]], frozenset[str]]


@dataclass
class It:
    """A thing about to be written; `base` is the server's own address."""

    state: State
    thing: Thing
    base: str

    def __getitem__(self, name: str) -> Any:
        return self.thing[name]

    def file(self, name: str) -> str:
        return f"{self.base}/files/{name}"

    @property
    def face(self) -> str:
        return f"{self.base}/faces/{self.thing['id']}.png"


type Value = Callable[[It], Any]


@dataclass
class Node:
    """`fields`, `edges` (type of the elements, their list, its own arguments)."""

    fields: dict[str, Value]
    edges: dict[str, Edge]
    default: tuple[str, ...]


def render(state: State, base: str, kind: str, thing: Thing, wanted: list[Wanted]) -> Thing:
    node, made, it = NODES[kind], dict[str, Any](), It(state, thing, base)
    for field in wanted or [Wanted(name) for name in node.default]:
        if field.name in node.edges:
            listed = edge(state, base, kind, thing, field.name, field.args, field.fields)
            if listed["data"]:
                made[field.name] = listed
        elif field.name in node.fields:
            value = node.fields[field.name](it)
            if value is not None:
                made[field.name] = _some(value, field.fields, f"{kind}.{field.name}")
        else:
            raise unknown_field(field.name, kind)
    return made if "id" not in node.fields else {"id": node.fields["id"](it), **made}


def _some(value: Any, wanted: list[Wanted], kind: str) -> Any:
    """Of a value that is an object, the fields that were asked for."""
    if not wanted or not isinstance(value, dict):
        return value
    if "data" in value and isinstance(value["data"], list):
        return {"data": [_some(one, wanted, kind) for one in value["data"]]}
    if set(value) == {"data"}:
        return {"data": _some(value["data"], wanted, kind)}
    return {field.name: _some(value[field.name], field.fields, kind) for field in wanted if field.name in value}


def edge(
    state: State, base: str, kind: str, thing: Thing, name: str, args: dict[str, str], wanted: list[Wanted]
) -> Thing:
    """A page of a list. Cursors name the last element, so that what comes meanwhile shifts nothing."""
    below, elements, own = NODES[kind].edges[name]
    for arg in args:
        if arg not in own and arg not in ("limit", "after"):
            raise bad_param(arg)
    found = elements(state, thing, args)
    limit = min(int(args.get("limit", "25")), 100)
    start = _start(found, args.get("after", ""))
    page = found[start : start + limit]
    made: Thing = {"data": [render(state, base, below, one, wanted) for one in page]}
    if page:
        cursors = {"before": _cursor(page[0]), "after": _cursor(page[-1])}
        made["paging"] = {"cursors": cursors}
        if start + limit < len(found):
            made["paging"]["next"] = f"{base}/v24.0/{thing['id']}/{name}?after={cursors['after']}"
    return made


def _cursor(thing: Thing) -> str:
    return base64.urlsafe_b64encode(f"after:{thing['id']}".encode()).decode()


def _start(found: list[Thing], after: str) -> int:
    if not after:
        return 0
    for place, one in enumerate(found):
        if _cursor(one) == after:
            return place + 1
    raise bad_param("after", "is no cursor of this list")


# --- values ---


def _from(it: It) -> Thing:
    person = it.state.who(it["from"])
    return {
        "id": person["id"],
        "name": person["name"],
        "picture": {"data": {"url": f"{it.base}/faces/{person['id']}.png"}},
    }


def _ig_from(it: It) -> Thing:
    return {"id": it["from"], "username": _username(it)}


def _username(it: It) -> str:
    return str(it.state.who(it["from"])["username"])


def _image(address: str) -> Thing:
    return {"url": address, "width": 48, "height": 32, "preview_url": address}


def _post_attachments(it: It) -> Thing | None:
    if not it.thing.get("file"):
        return None
    media = {"image": {"src": it.file(it["file"]), "width": 48, "height": 32}}
    return {"data": [{"type": "photo", "url": f"{it.base}/photo/{it['file']}", "media": media}]}


def _comment_attachment(it: It) -> Thing | None:
    attachments = _post_attachments(it)
    return attachments["data"][0] if attachments else None


def _message_attachments(it: It) -> Thing | None:
    made = []
    for file in it.thing.get("files", ()):
        mime, address = it.state["files"][file]["mime"], it.file(file)
        one: Thing = {"id": file, "mime_type": mime, "name": f"file-{file}", "size": 100}
        made.append(one | ({"image_data": _image(address)} if mime.startswith("image/") else {"file_url": address}))
    return {"data": made} if made else None


def _party(state: State, key: str, platform: str) -> Thing:
    person = state.who(key)
    if platform == FACEBOOK:
        return {"name": person["name"], "email": f"{key}@facebook.com", "id": key}
    # In Instagram's lists the account itself goes by another id than in its webhooks.
    own = key in state["accounts"]
    return {"username": person["username"], "id": f"9{key}" if own else key}


# --- lists ---


def _newest_first(things: list[Thing], by: str = "created") -> list[Thing]:
    return sorted(things, key=lambda one: (one[by], one["id"]), reverse=True)


def _alive(state: State, list_: str) -> list[Thing]:
    return [one for one in state[list_].values() if not one.get("deleted")]


def _feed(state: State, account: Thing, args: dict[str, str]) -> list[Thing]:
    return _newest_first([one for one in _alive(state, "posts") if one["place"] == account["id"]])


def _comments(state: State, thing: Thing, args: dict[str, str]) -> list[Thing]:
    """Of a post, or of a comment: `toplevel` are those that answer it directly, `stream` all of them."""
    stream = args.get("filter", "toplevel") == "stream"
    found = [
        one
        for one in _alive(state, "comments")
        if (one["post"] == thing["id"] if stream else one["parent"] == thing["id"])
    ]
    newest = _newest_first(found)
    return newest if args.get("order") == "reverse_chronological" else newest[::-1]


def _ig_comments(state: State, media: Thing, args: dict[str, str]) -> list[Thing]:
    return _newest_first([one for one in _alive(state, "comments") if one["parent"] == media["id"]])


def _replies(state: State, comment: Thing, args: dict[str, str]) -> list[Thing]:
    return _newest_first([one for one in _alive(state, "comments") if one["parent"] == comment["id"]])[::-1]


def conversations(state: State, account: Thing, args: dict[str, str]) -> list[Thing]:
    wanted = args.get("platform", "messenger")
    if wanted != ("messenger" if account["platform"] == FACEBOOK else "instagram"):
        raise bad_param("platform", "is not one of this account's")
    by_customer: dict[str, Thing] = {}
    for one in _alive(state, "messages"):
        if one["account"] == account["id"]:
            talk = by_customer.setdefault(one["customer"], {"id": f"t_{one['customer']}", "updated": 0.0})
            talk |= {"account": account["id"], "customer": one["customer"]}
            talk["updated"] = max(talk["updated"], one["created"])
    found = [one for one in by_customer.values() if args.get("user_id") in (None, one["customer"])]
    return _newest_first(found, "updated")


def _messages(state: State, talk: Thing, args: dict[str, str]) -> list[Thing]:
    pair = (talk["account"], talk["customer"])
    found = _newest_first([one for one in _alive(state, "messages") if (one["account"], one["customer"]) == pair])
    return found[:20] if state["accounts"][talk["account"]]["platform"] != FACEBOOK else found


def _plain(name: str) -> Value:
    return lambda it: it.thing.get(name)


def _fixed(value: Any) -> Value:
    def always(it: It) -> Any:
        return value

    return always


def _created(it: It) -> str:
    return iso(it["created"])


def _parent(it: It) -> str | None:
    """The comment that a comment answers."""
    return None if it["parent"] == it["post"] else str(it["parent"])


_ID = _plain("id")
_FILTERS = frozenset({"filter", "order"})
_TALKS: Edge = ("Conversation", conversations, frozenset({"platform", "user_id"}))


def _picture(it: It) -> Thing:
    return {"data": {"url": it.face}}


_MESSAGE: dict[str, Value] = {
    "id": _ID,
    "created_time": _created,
    "from": lambda it: _party(it.state, it["from"], it["platform"]),
    "to": lambda it: {"data": [_party(it.state, it["to"], it["platform"])]},
    "message": _plain("text"),
    "attachments": _message_attachments,
    "sticker": _plain("sticker"),
    "shares": _plain("shares"),
    "story": _plain("story"),
    "is_unsupported": _plain("is_unsupported"),
    "reply_to": _plain("reply_to"),
}
NODES: dict[str, Node] = {
    "Page": Node(
        {
            "id": _ID, "name": _plain("name"), "username": _plain("username"), "picture": _picture,
            "link": lambda it: f"https://www.facebook.com/{it['id']}",
            "access_token": _plain("access_token"), "tasks": _fixed(["MODERATE", "MESSAGING", "MANAGE"]),
        },
        {"feed": ("Post", _feed, frozenset()), "conversations": _TALKS},
        ("id", "name"),
    ),
    "User": Node({"id": _ID, "name": _plain("name"), "profile_pic": lambda it: it.face}, {}, ("id", "name")),
    "Post": Node(
        {
            "id": _ID, "from": _from, "message": _plain("message"), "created_time": _created,
            "permalink_url": lambda it: f"https://www.facebook.com/{it['id']}",
            "attachments": _post_attachments, "is_hidden": _plain("hidden"),
        },
        {"comments": ("Comment", _comments, _FILTERS)},
        ("id", "message", "created_time"),
    ),
    "Comment": Node(
        {
            "id": _ID, "from": _from, "message": _plain("message"), "created_time": _created,
            "permalink_url": lambda it: f"https://www.facebook.com/{it['id']}",
            "parent": lambda it: {"id": found} if (found := _parent(it)) else None,
            "attachment": _comment_attachment, "is_hidden": _plain("hidden"),
        },
        {"comments": ("Comment", _comments, _FILTERS)},
        ("id", "message", "created_time"),
    ),
    "Conversation": Node(
        {"id": _ID, "updated_time": lambda it: iso(it["updated"])},
        {"messages": ("Message", _messages, frozenset())},
        ("id", "updated_time"),
    ),
    "Message": Node(_MESSAGE, {}, ("id", "created_time")),
    "IGUser": Node(
        {
            "id": lambda it: f"7{it['id']}", "user_id": _ID, "username": _plain("username"),
            "name": _plain("name"), "profile_picture_url": lambda it: it.face,
            "account_type": _fixed("BUSINESS"),
        },
        {"media": ("IGMedia", _feed, frozenset()), "conversations": _TALKS},
        ("id", "username"),
    ),
    "IGScopedUser": Node(
        {
            "id": _ID, "username": _plain("username"), "name": _plain("name"),
            "profile_pic": lambda it: it.face,
            "follower_count": _fixed(12),
        },
        {},
        ("id", "username"),
    ),
    "IGMedia": Node(
        {
            "id": _ID, "caption": _plain("message"), "timestamp": _created, "media_type": _fixed("IMAGE"),
            "media_product_type": _fixed("FEED"), "username": _username,
            "permalink": lambda it: f"https://www.instagram.com/p/{it['id']}/",
            "media_url": lambda it: it.file(it["file"]) if it.thing.get("file") else None,
            "thumbnail_url": _fixed(None),
            "owner": lambda it: {"id": it["from"]},
        },
        {"comments": ("IGComment", _ig_comments, frozenset())},
        ("id",),
    ),
    "IGComment": Node(
        {
            "id": _ID, "from": _ig_from, "text": _plain("message"), "timestamp": _created, "hidden": _plain("hidden"),
            "username": _username,
            "parent_id": _parent,
            "media": lambda it: {"id": it["post"]}, "like_count": _fixed(0),
        },
        {"replies": ("IGComment", _replies, frozenset())},
        ("id", "text", "timestamp"),
    ),
}  # fmt: skip
