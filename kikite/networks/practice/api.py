"""What an account can do with its token: the network's public API (docs/networks/practice.md describes it)."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Collection
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import feed, people, pictures, posts
from .answers import Handler, answer, body, json_body, number, refusing, text, texts
from .counting import LENGTH, MEDIA, MEDIA_BYTES, PRIVATE_LENGTH
from .refusal import Refusal
from .store import Store, now

FIRST_PAGE = 500  # events that a client without a cursor begins with
SEVERAL = 100  # posts that can be asked for at once
HEARTBEAT = 10.0  # seconds between signs of life on a quiet stream


class Api:
    """The endpoints; each acts as the account that `Gate` found."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def app(self) -> Starlette:
        routes = [
            ("/account", self.me, ["GET"]),
            ("/account", self.change_profile, ["PATCH"]),
            ("/account/sent", self.sent, ["GET"]),
            ("/accounts/{handle}", self.account, ["GET"]),
            ("/posts", self.publish, ["POST"]),
            ("/posts", self.several, ["GET"]),
            ("/search", self.search, ["GET"]),
            ("/posts/{key}", self.show, ["GET"]),
            ("/posts/{key}", self.edit, ["PATCH"]),
            ("/posts/{key}", self.delete, ["DELETE"]),
            ("/posts/{key}/like", self.like, ["PUT", "DELETE"]),
            ("/messages", self.whisper, ["POST"]),
            ("/conversations", self.conversations, ["GET"]),
            ("/conversations/{key}", self.conversation, ["GET"]),
            ("/media", self.upload, ["POST"]),
            ("/events", self.events, ["GET"]),
            ("/stream", self.stream, ["GET"]),
            ("/webhook", self.webhook, ["PUT", "DELETE"]),
        ]
        return Starlette(
            routes=[Route(path, refusing(_permitted(does)), methods=methods) for path, does, methods in routes]
        )

    async def me(self, request: Request) -> Response:
        limits = {
            "length": LENGTH, "counting": "weighted", "private_length": PRIVATE_LENGTH, "media": MEDIA,
            "media_bytes": MEDIA_BYTES,
        }  # fmt: skip
        row = request.state.account
        data = {**people.as_author(self.store, row), "bio": row["bio"], "limits": limits}
        return answer({**data, "webhook": row["hook_url"], "now": now()})

    async def change_profile(self, request: Request) -> Response:
        data = await json_body(request)
        fields = {name: text(data, name) for name in ("name", "bio") if name in data}
        row = people.ensure(self.store, request.state.account["handle"], **fields)
        return answer(people.as_author(self.store, row))

    async def account(self, request: Request) -> Response:
        row = people.get(self.store, request.path_params["handle"])
        return answer({**people.as_author(self.store, row), "bio": row["bio"]})

    async def publish(self, request: Request) -> Response:
        data = await json_body(request)
        row = posts.publish(
            self.store, request.state.account, text(data, "text"), reply_to=text(data, "reply_to"),
            lang=text(data, "lang"), media=texts(data, "media"), key=request.headers.get("idempotency-key", ""),
        )  # fmt: skip
        return answer(posts.as_data(self.store, row), 201)

    async def whisper(self, request: Request) -> Response:
        data = await json_body(request)
        row = posts.whisper(
            self.store, request.state.account, self._recipient(request, data), text(data, "text"),
            lang=text(data, "lang"), media=texts(data, "media"), key=request.headers.get("idempotency-key", ""),
        )  # fmt: skip
        return answer(posts.as_data(self.store, row), 201)

    def _recipient(self, request: Request, data: dict[str, Any]) -> sqlite3.Row:
        """The other side of the given conversation, or the account of the given handle."""
        talk = text(data, "conversation")
        if not talk:
            return people.get(self.store, text(data, "to"))
        me = request.state.account["id"]
        row = self.store.row("SELECT * FROM conversation WHERE id = ? AND ? IN (first, second)", talk, me)
        if row is None:
            raise Refusal(404, "gone", "There is no such conversation.")
        return people.by_id(self.store, row["second"] if row["first"] == me else row["first"])

    async def show(self, request: Request) -> Response:
        return answer(posts.as_data(self.store, self._visible(request)))

    async def several(self, request: Request) -> Response:
        """Those of the given keys, at most 100, that stand and that this account may see."""
        keys = request.query_params.get("keys", "").split(",")[:SEVERAL]
        rows = [row for key in keys if (row := posts.find(self.store, key)) and self._may_see(request, row)]
        return answer({"posts": [posts.as_data(self.store, row) for row in rows]})

    async def search(self, request: Request) -> Response:
        """Public posts in which every word of `q` stands, oldest first, after the post `since`; at first the newest."""
        limit = number(request, "limit", 100, 200)
        since = number(request, "since", 0)
        rows = posts.search(self.store, request.query_params.get("q", ""), since, limit + 1)
        more, rows = len(rows) > limit, rows[:limit]
        following = str(rows[-1]["id"] if rows else since)
        listed = [self._found(request.state.account, row) for row in rows]
        return answer({"posts": listed, "next": following, "more": more})

    def _found(self, account: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
        """A post as an account's feed shows it: with the reason, if it was named."""
        data = posts.as_data(self.store, row)
        named = account["handle"].lower() in (handle.lower() for handle in data["mentions"])
        return {**data, "why": "mention" if named else "found"}

    async def edit(self, request: Request) -> Response:
        row = posts.edit(self.store, self._own(request), text(await json_body(request), "text"))
        return answer(posts.as_data(self.store, row))

    async def delete(self, request: Request) -> Response:
        posts.delete(self.store, self._own(request))
        return Response(status_code=204)

    async def like(self, request: Request) -> Response:
        posts.like(self.store, self._visible(request), request.state.account, removed=request.method == "DELETE")
        return Response(status_code=204)

    async def sent(self, request: Request) -> Response:
        """What this account wrote itself, newest first, public and private: where a client looks for a lost answer."""
        before, limit = number(request, "before", 2**62), number(request, "limit", 100, 200)
        rows = self.store.rows(
            "SELECT * FROM post WHERE author = ? AND id < ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?",
            request.state.account["id"], before, limit,
        )  # fmt: skip
        return answer({"posts": [posts.as_data(self.store, row) for row in rows], "now": now()})

    async def conversations(self, request: Request) -> Response:
        me = request.state.account["id"]
        rows = self.store.rows("SELECT * FROM conversation WHERE ? IN (first, second) ORDER BY id DESC LIMIT 200", me)
        return answer({"conversations": [self._conversation(row, me) for row in rows]})

    def _conversation(self, row: sqlite3.Row, me: int) -> dict[str, Any]:
        other = people.by_id(self.store, row["second"] if row["first"] == me else row["first"])
        return {"id": str(row["id"]), "with": people.as_author(self.store, other)}

    async def conversation(self, request: Request) -> Response:
        rows = self.store.rows(
            "SELECT post.* FROM post JOIN conversation c ON c.id = post.conversation"
            " WHERE c.id = ? AND ? IN (c.first, c.second) AND post.deleted_at IS NULL ORDER BY post.id DESC LIMIT 200",
            request.path_params["key"], request.state.account["id"],
        )  # fmt: skip
        return answer({"messages": [posts.as_data(self.store, row) for row in rows]})

    async def upload(self, request: Request) -> Response:
        """The picture is the body itself; its alternative text is in the query."""
        mime = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        content = await body(request, MEDIA_BYTES)
        row = pictures.take(self.store, request.state.account, content, mime, request.query_params.get("alt", ""))
        return answer(posts.as_media(self.store, row), 201)

    async def events(self, request: Request) -> Response:
        account, limit = request.state.account["id"], number(request, "limit", feed.PAGE, 500)
        since = number(request, "since", 0)
        if "since" in request.query_params:
            rows = feed.after(self.store, account, since, limit + 1)
        else:
            rows = feed.latest(self.store, account, min(limit, FIRST_PAGE))
        more, rows = len(rows) > limit, rows[:limit]
        cursor = max(rows[-1]["id"] if rows else since, 0 if more else feed.last_id(self.store, account))
        listed = b",".join(feed.event(row) for row in rows if _may_see(row, request.state.scopes))
        gap = orjson.dumps(feed.gap(self.store, account, since) if "since" in request.query_params else None)
        state = (listed, cursor, b"true" if more else b"false", gap)
        content = b'{"events":[%s],"next":"%d","more":%s,"gap":%s}' % state
        return Response(content, media_type="application/json")

    async def stream(self, request: Request) -> Response:
        account = request.state.account["id"]
        since = number(request, "since", feed.last_id(self.store, account))
        events = self._events_from(account, since, request.state.scopes)
        return StreamingResponse(events, media_type="text/event-stream")

    async def _events_from(self, account: int, since: int, scopes: Collection[str]) -> AsyncIterator[bytes]:
        fresh = asyncio.Event()
        with self.store.watched(fresh.set):
            yield b": here\n\n"
            while True:
                fresh.clear()
                for row in feed.after(self.store, account, since):
                    since = row["id"]
                    fresh.set()
                    if _may_see(row, scopes):
                        yield b"id: %d\ndata: %s\n\n" % (since, feed.event(row))
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await fresh.wait()
                except TimeoutError:
                    yield b": still here\n\n"

    async def webhook(self, request: Request) -> Response:
        """PUT {url, secret?}: events from now on are posted there; the secret that signs them is answered once."""
        account = request.state.account
        if request.method == "DELETE":
            set_webhook(self.store, account, "", "")
            return Response(status_code=204)
        data = await json_body(request)
        secret = text(data, "secret") or account["hook_secret"] or secrets.token_hex(32)
        set_webhook(self.store, account, text(data, "url"), secret)
        return answer({"url": text(data, "url"), "secret": secret})

    def _own(self, request: Request) -> sqlite3.Row:
        row = self._visible(request)
        if row["author"] != request.state.account["id"]:
            raise Refusal(403, "forbidden", "This is not your post.")
        return row

    def _visible(self, request: Request) -> sqlite3.Row:
        row = posts.get(self.store, request.path_params["key"])
        if not self._may_see(request, row):
            raise Refusal(404, "gone", "This post does not exist, or was deleted.")
        return row

    def _may_see(self, request: Request, row: sqlite3.Row) -> bool:
        return row["conversation"] is None or request.state.account["id"] in (row["author"], row["recipient"])


def _may_see(event: sqlite3.Row, scopes: Collection[str]) -> bool:
    return "messages" in scopes or not event["type"].startswith("message.")


def _permitted(does: Handler) -> Handler:
    """Refuses what the request's token has no permission for, and names the one that is missing."""

    async def handled(request: Request) -> Response:
        path = request.url.path
        private = "/messages" in path or "/conversations" in path
        own = path.endswith(("/webhook", "/account"))
        needed = "messages" if private else "read" if own or request.method in ("GET", "HEAD") else "write"
        if needed not in request.state.scopes:
            raise Refusal(403, "forbidden", f"This token lacks the permission “{needed}”.")
        return await does(request)

    return handled


def set_webhook(store: Store, account: sqlite3.Row, url: str, secret: str) -> None:
    """Where events are posted from now on; an empty URL ends it. A moved one misses nothing."""
    if url and not url.startswith(("http://", "https://")):
        raise Refusal(422, "invalid", "A webhook is an http or https URL.")
    if url == account["hook_url"] and secret == account["hook_secret"]:
        return
    sent = account["hook_sent"] if account["hook_url"] else feed.last_id(store, account["id"])
    with store.writing() as db:
        db.execute(
            "UPDATE account SET hook_url = ?, hook_secret = ?, hook_sent = ? WHERE id = ?",
            (url, secret or account["hook_secret"], sent, account["id"]),
        )
