"""The admin half of the practice network: brands, people, traffic and trouble (described atop `server.py`)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import sqlite3
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import feed, people, permits, pictures, posts
from .answers import answer, json_body, refuse, refusing, text, texts
from .api import set_webhook
from .counting import LENGTH, PRIVATE_LENGTH
from .gate import Gate
from .refusal import Refusal
from .store import Store, iso


class Guard:
    """Admin calls come from this machine and carry the admin token; without a configured token there is no admin."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._expected = f"Bearer {token}".encode() if token else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        host = (scope.get("client") or ("",))[0]
        if not (self._expected and hmac.compare_digest(given, self._expected) and _is_loopback(host)):
            await refuse(Refusal(403, "forbidden", "Not for you."))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Admin:
    def __init__(self, store: Store, gate: Gate) -> None:
        self.store = store
        self.gate = gate

    def app(self) -> Starlette:
        routes = [
            ("/brands", self.brand, ["POST"]),
            ("/accounts", self.account, ["POST"]),
            ("/blocks", self.block, ["POST"]),
            ("/tokens/{handle}", self.expire, ["DELETE"]),
            ("/tokens/{handle}", self.renew, ["POST"]),
            ("/permits/{handle}", self.take_back, ["DELETE"]),
            ("/posts", self.post, ["POST"]),
            ("/posts/{key}", self.edit, ["PATCH"]),
            ("/posts/{key}", self.delete, ["DELETE"]),
            ("/messages", self.message, ["POST"]),
            ("/likes", self.like, ["POST"]),
            ("/bulk", self.bulk, ["POST"]),
            ("/events", self.event, ["POST"]),
            ("/memory/{handle}", self.forget, ["DELETE"]),
            ("/standing/{handle}", self.standing, ["GET"]),
            ("/faults", self.faults, ["GET", "POST", "DELETE"]),
            ("/down", self.down, ["POST"]),
        ]
        return Starlette(routes=[Route(path, refusing(does), methods=methods) for path, does, methods in routes])

    async def brand(self, request: Request) -> Response:
        data = await json_body(request)
        handle, name = text(data, "handle"), text(data, "name")
        row = people.ensure_brand(self.store, handle, name, texts(data, "terms"), text(data, "bio"))
        if "webhook_url" in data:
            set_webhook(self.store, row, text(data, "webhook_url"), row["hook_secret"])
        return answer(
            {
                "account": people.as_author(self.store, row),
                "base_url": self.store.base_url,
                "token": row["token"],
                "webhook_secret": row["hook_secret"],
            }
        )

    async def account(self, request: Request) -> Response:
        data = await json_body(request)
        row = people.ensure(self.store, text(data, "handle"), **{k: v for k, v in data.items() if k != "handle"})
        return answer(people.as_author(self.store, row))

    async def block(self, request: Request) -> Response:
        data = await json_body(request)
        by, account = (people.get(self.store, text(data, name))["id"] for name in ("by", "account"))
        with self.store.writing() as db:
            db.execute("INSERT OR IGNORE INTO blocked VALUES (?, ?)", (by, account))
        return Response(status_code=204)

    async def expire(self, request: Request) -> Response:
        row = people.get(self.store, request.path_params["handle"])
        with self.store.writing() as db:
            db.execute("UPDATE account SET expired = 1 WHERE id = ?", (row["id"],))
            permits.expire(self.store, row["id"])
        return Response(status_code=204)

    async def take_back(self, request: Request) -> Response:
        permits.take_back(self.store, people.get(self.store, request.path_params["handle"])["id"])
        return Response(status_code=204)

    async def renew(self, request: Request) -> Response:
        row = people.get(self.store, request.path_params["handle"])
        return answer({"token": people.renew_token(self.store, row["id"])})

    async def post(self, request: Request) -> Response:
        row = self._post(await json_body(request))
        return answer(posts.as_data(self.store, row), 201)

    def _post(self, data: dict[str, Any], limit: int = LENGTH) -> sqlite3.Row:
        author = people.ensure(self.store, text(data, "author"), name=data.get("name"), followers=data.get("followers"))
        return posts.publish(
            self.store, author, text(data, "text"), reply_to=text(data, "reply_to"), lang=text(data, "lang"),
            media=self._pictures(author, data), at=_time(data), limit=limit,
        )  # fmt: skip

    async def message(self, request: Request) -> Response:
        data = await json_body(request)
        author = people.ensure(self.store, text(data, "author"), name=data.get("name"))
        to = people.get(self.store, text(data, "to"))
        row = posts.whisper(
            self.store, author, to, text(data, "text"), lang=text(data, "lang"), at=_time(data),
            media=self._pictures(author, data),
        )  # fmt: skip
        return answer(posts.as_data(self.store, row), 201)

    def _pictures(self, author: sqlite3.Row, data: dict[str, Any]) -> list[str]:
        keys = []
        for item in data.get("media") or []:
            try:
                content = base64.b64decode(item["base64"], validate=True)
                mime, alt = str(item.get("mime", "image/png")), str(item.get("alt", ""))
            except (TypeError, KeyError, AttributeError, binascii.Error):
                raise Refusal(422, "invalid", "media is a list of {base64, mime, alt}.") from None
            keys.append(pictures.take(self.store, author, content, mime, alt)["id"])
        return keys

    async def edit(self, request: Request) -> Response:
        row = posts.get(self.store, request.path_params["key"])
        return answer(posts.as_data(self.store, posts.edit(self.store, row, text(await json_body(request), "text"))))

    async def delete(self, request: Request) -> Response:
        posts.delete(self.store, posts.get(self.store, request.path_params["key"]))
        return Response(status_code=204)

    async def like(self, request: Request) -> Response:
        data = await json_body(request)
        who = people.ensure(self.store, text(data, "author"))
        posts.like(self.store, posts.get(self.store, text(data, "post")), who, removed=bool(data.get("removed")))
        return Response(status_code=204)

    async def bulk(self, request: Request) -> Response:
        data = await json_body(request)
        items = data.get("posts")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Refusal(422, "invalid", "posts is a list of objects.")
        with self.store.writing():
            keys = [self._bulk_post(item) for item in items]
        return answer({"posts": keys}, 201)

    def _bulk_post(self, item: dict[str, Any]) -> str | None:
        """One post of an archive: an unknown parent makes it a top-level post, a refused one is left out, and a longer
        one than fits is let in, since archives have links to pictures written out."""
        if parent := text(item, "reply_to_ref"):
            known = self.store.row("SELECT post FROM ref WHERE ref = ?", parent)
            item = {**item, "reply_to": str(known["post"]) if known else ""}
        try:
            row = self._post(item, PRIVATE_LENGTH)
        except Refusal as refusal:
            if refusal.code not in ("empty", "too_long", "gone", "blocked"):
                raise
            return None
        if ref := text(item, "ref"):
            self.store.db.execute("INSERT OR REPLACE INTO ref VALUES (?, ?)", (ref, row["id"]))
        return str(row["id"])

    async def event(self, request: Request) -> Response:
        data = await json_body(request)
        account = people.get(self.store, text(data, "account"))
        kind, content = text(data, "type", "x.unknown"), data.get("data")
        if '"' in kind or "\\" in kind or not kind.isascii() or not kind.isprintable():
            raise Refusal(422, "invalid", "type is a plain word.")
        with self.store.writing():
            feed.append(self.store, account["id"], kind, content if isinstance(content, dict) else {"is": content})
        return Response(status_code=204)

    async def forget(self, request: Request) -> Response:
        feed.forget(self.store, people.get(self.store, request.path_params["handle"])["id"])
        return Response(status_code=204)

    async def standing(self, request: Request) -> Response:
        account = people.get(self.store, request.path_params["handle"])
        rows = self.store.rows("SELECT * FROM post WHERE author = ? AND deleted_at IS NULL ORDER BY id", account["id"])
        return answer({"posts": [posts.as_data(self.store, row) for row in rows]})

    async def faults(self, request: Request) -> Response:
        if request.method == "POST":
            self.gate.faults.add(await json_body(request))
        elif request.method == "DELETE":
            self.gate.faults.clear()
            self.gate.buckets.clear()
        return answer({"faults": self.gate.faults.as_data(), "down": self.gate.down})

    async def down(self, request: Request) -> Response:
        self.gate.down = bool((await json_body(request)).get("down", True))
        return answer({"down": self.gate.down})


def _time(data: dict[str, Any]) -> str:
    """The given `at`, so that archives can be played; "" for now. Raises Refusal 422."""
    given = text(data, "at")
    if not given:
        return ""
    try:
        at = datetime.fromisoformat(given)
        return iso(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise Refusal(422, "invalid", "at is an ISO 8601 time.") from None
