"""The Graph API: who asks, may they, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import UploadFile
from starlette.requests import Request

from . import fields, nodes, tokens, writes
from .refusals import Refusal, bad_param, missing, needs, no_token
from .state import INSTAGRAM, State, Thing
from .writes import Call

type CallBack = Callable[[str, str], bool]
_OWN = frozenset({"access_token", "appsecret_proof"})


class Api:
    def __init__(self, state: State, call_back: CallBack) -> None:
        self.state = state
        self.call_back = call_back

    @property
    def base(self) -> str:
        return str(self.state.data["base"])

    async def answer(self, request: Request, path: str) -> Any:
        """The JSON of an answer. Raises Refusal."""
        params, files = await _params(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or str(params.get("access_token", ""))
        proof = request.query_params.get("appsecret_proof", "")
        params = {name: value for name, value in params.items() if name not in _OWN}
        if path == "oauth/access_token":
            return tokens.facebook_token(self.state, params)
        if not token:
            raise no_token()
        record = tokens.known(self.state, token, proof)
        if request.method == "GET":
            return self.read(path, params, record)
        if path == "":
            return self._batch(params, record)
        return self._write(request.method, path, params, files, record)

    # --- reading ---

    def read(self, path: str, params: Thing, record: Thing) -> Any:
        if path == "debug_token":
            return tokens.inspected(self.state, str(params.get("input_token")))
        if path == "me/permissions":
            return {"data": tokens.permissions(record)}
        if path == "me/accounts":
            return self._accounts(params, record)
        wanted = fields.parse(params.pop("fields", "")) if params.get("fields") else []
        first, _, edge = path.partition("/")
        kind, thing = self._node(first, record)
        if edge:
            self._may_list(edge, record)
            if edge not in nodes.NODES[kind].edges:
                raise Refusal(2500, f"Unknown path components: /{edge}")
            return nodes.edge(self.state, self.base, kind, thing, edge, params, wanted)
        for name in params:
            raise bad_param(name)
        return self._render(kind, thing, wanted)

    def _render(self, kind: str, thing: Thing, wanted: list[fields.Wanted]) -> Thing:
        """Mentions are asked of the account, by the ids that webhooks told."""
        plain = [one for one in wanted if not one.name.startswith("mentioned_")]
        made = nodes.render(self.state, self.base, kind, thing, plain)
        for one in wanted:
            if one.name.startswith("mentioned_") and kind == "IGUser":
                made[one.name] = self._mentioned(thing, one)
        return made

    def _mentioned(self, account: Thing, wanted: fields.Wanted) -> Thing:
        list_, kind, arg = {
            "mentioned_comment": ("comments", "IGComment", "comment_id"),
            "mentioned_media": ("posts", "IGMedia", "media_id"),
        }[wanted.name]
        found = self.state.standing(list_, wanted.args.get(arg, ""))
        if found is None or f"@{account['username']}" not in found["message"]:
            raise missing(wanted.args.get(arg, ""))
        return nodes.render(self.state, self.base, kind, found, wanted.fields)

    def _may_list(self, edge: str, record: Thing) -> None:
        facebook = {
            "feed": "pages_read_engagement", "comments": "pages_read_user_content",
            "conversations": "pages_messaging",
        }  # fmt: skip
        instagram = {
            "media": "instagram_business_basic", "comments": "instagram_business_manage_comments",
            "conversations": "instagram_business_manage_messages",
        }  # fmt: skip
        wanted = (instagram if record["type"] == "IG" else facebook).get(edge)
        if wanted and wanted not in record["scopes"]:
            raise needs(wanted)

    def _accounts(self, params: Thing, record: Thing) -> Thing:
        if record["type"] != "USER" or "pages_show_list" not in record["scopes"]:
            raise needs("pages_show_list")
        wanted = fields.parse(params.get("fields", "id,name"))
        found = tokens.pages(self.state, record)
        return {"data": [nodes.render(self.state, self.base, "Page", one, wanted) for one in found]}

    def _node(self, key: str, record: Thing) -> tuple[str, Thing]:
        """(type, thing) behind an id, as far as this token may see it. Raises Refusal."""
        state, instagram = self.state, record["type"] == "IG"
        account = state["accounts"].get(record["owner"] if key == "me" else key)
        if account is not None:
            return ("IGUser" if account["platform"] == INSTAGRAM else "Page"), account
        for list_, kind in (("posts", "Post"), ("comments", "Comment"), ("messages", "Message")):
            found = state.standing(list_, key)
            if found is not None and (found["platform"] == INSTAGRAM) == instagram and self._visible(found, record):
                return {"Post": "IGMedia", "Comment": "IGComment"}.get(kind, kind) if instagram else kind, found
        if key.startswith("t_"):
            talks = nodes.conversations(state, state["accounts"][record["owner"]], _platform(instagram))
            return "Conversation", next(one for one in talks if one["id"] == key)
        person = next((one for one in state["people"].values() if one["id"] == key), None)
        if person is None:
            raise missing(key)
        return ("IGScopedUser" if instagram else "User"), person

    def _visible(self, found: Thing, record: Thing) -> bool:
        """Of Instagram an account sees its own media and what is said on them."""
        if record["type"] != "IG" or "account" in found:
            return True
        post = self.state["posts"][found.get("post", found["id"])]
        return bool(post["place"] == record["owner"])

    def _batch(self, params: Thing, record: Thing) -> list[Thing]:
        for name in params:
            if name not in ("batch", "include_headers"):
                raise bad_param(name)
        asked = json.loads(params["batch"])
        if len(asked) > 50:
            raise Refusal(100, "(#100) Too many requests in batch message. Maximum batch size is 50")
        return [self._one(one, record) for one in asked]

    def _one(self, asked: Thing, record: Thing) -> Thing:
        address, _, query = asked["relative_url"].partition("?")
        path = address.partition("/")[2]
        try:
            status, body = 200, self.read(unquote(path), dict(parse_qsl(query)), record)
        except Refusal as refusal:
            status, body = refusal.status, {"error": refusal.error}
        return {"code": status, "body": json.dumps(body)}

    # --- writing ---

    def _write(self, method: str, path: str, params: Thing, files: Any, record: Thing) -> Any:
        first, _, last = path.partition("/")
        if last == "subscriptions":
            if record["type"] != "APP":
                raise Refusal(15, "(#15) This method must be called with an app access_token")
            return writes.subscriptions(self.state, params, self.call_back)
        if record["type"] not in ("PAGE", "IG"):
            raise Refusal(210, "(#210) A page access token is required to request this resource.", status=403)
        account = self.state["accounts"][record["owner"]]
        call = Call(self.state, account, frozenset(record["scopes"]), params, files)
        if first in ("me", record["owner"]) and (method, last) in writes.OF_ACCOUNT:
            return writes.OF_ACCOUNT[method, last](call)
        if (method, last) in writes.OF_THING and first not in ("me", record["owner"]):
            return writes.OF_THING[method, last](call, first)
        raise Refusal(100, f"Unsupported {method.lower()} request.", 33, kind="GraphMethodException")


def _platform(instagram: bool) -> dict[str, str]:
    return {"platform": "instagram" if instagram else "messenger"}


async def _params(request: Request) -> tuple[Thing, dict[str, tuple[bytes, str]]]:
    """Parameters of the query and the body, JSON or form; files apart. Raises Refusal."""
    params: Thing = dict(request.query_params)
    files: dict[str, tuple[bytes, str]] = {}
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body())
        except ValueError as error:
            raise Refusal(1, "Invalid JSON") from error
        return params | body, files
    if request.method == "POST":
        async with request.form() as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    files[name] = (await value.read(), value.content_type or "")
                else:
                    params[name] = value
    return params, files
