"""The tests' own door: JSON, with a token that only they know. Here customers act, and trouble is ordered.

GET/PATCH /admin/app         what the app is; `redirects`, `withheld` (scopes that are not granted), `enterprise`…
POST   /admin/accounts       {username}: an account that may sign in to the app; answers its keys for OAuth 1.0a
POST   /admin/users          {username, followers?, takes_dms?, blocks?}: anybody, made or brought up to date
POST   /admin/tokens         {user, scopes}: as if they had just signed in; DELETE /admin/tokens/USER takes all back
POST   /admin/tokens/USER/end  the access tokens' two hours are over; refresh tokens live on
POST   /admin/posts          {author, text, reply_to?, quotes?, picture? (base64)}
PATCH  /admin/posts/KEY      {text}: an edit, which is a post of its own; DELETE takes the post back
POST   /admin/dms            {author, to, text, picture?}
POST   /admin/sealed         {author, to}; /admin/seen {by, author}; /admin/revoked {user}
POST   /admin/uploads        {owner, mime, base64, category}
GET    /admin/standing/USER  posts and private messages of theirs that stand, oldest first
GET    /admin/marks/KEY      {hidden, liked_by}
POST   /admin/faults         see `faults.py`; DELETE ends them. POST /admin/skew {seconds}
POST   /admin/limits         {endpoint: "GET /2/users/{id}/mentions", user, app?, seconds}; DELETE ends them
GET    /admin/report         {strict, violations, asked}: what our own answers got wrong, what was asked of us
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import proving
from .gate import Gate
from .limits import Limit
from .media import Media
from .posting import Posting
from .problems import Problem
from .state import State, Thing
from .talking import Talking

type Act = Callable[[Request, Thing], Any]


@dataclass
class Admin:
    state: State
    gate: Gate
    posting: Posting
    talking: Talking
    media: Media
    token: str

    def routes(self) -> list[Route]:
        acts: list[tuple[str, str, Act]] = [
            ("GET", "/app", lambda request, data: self.state.app),
            ("PATCH", "/app", lambda request, data: self.state.app.update(data)),
            ("POST", "/accounts", self.account),
            ("POST", "/users", lambda request, data: self.state.ensure(**data)),
            ("POST", "/tokens", lambda request, data: proving.tokens(self.state, data["user"], data["scopes"])),
            ("DELETE", "/tokens/{user}", self.forget),
            ("POST", "/tokens/{user}/end", self.end),
            ("POST", "/posts", self.post),
            (
                "PATCH",
                "/posts/{key}",
                lambda request, data: self.posting.edit(request.path_params["key"], data["text"]),
            ),
            ("DELETE", "/posts/{key}", lambda request, data: self.posting.erase(request.path_params["key"])),
            ("POST", "/dms", self.say),
            ("POST", "/sealed", self.seal),
            ("POST", "/seen", lambda request, data: self.talking.seen(data["by"], data["author"])),
            ("POST", "/revoked", self.revoked),
            ("POST", "/uploads", self.upload),
            ("GET", "/standing/{user}", self.standing),
            ("GET", "/marks/{key}", self.marks),
            ("POST", "/faults", lambda request, data: self.gate.faults.add(**data)),
            ("DELETE", "/faults", lambda request, data: self.gate.faults.clear()),
            ("POST", "/skew", lambda request, data: setattr(self.gate.faults, "skew", data["seconds"])),
            ("POST", "/limits", self.lower),
            ("DELETE", "/limits", lambda request, data: self.gate.limits.clear()),
            ("GET", "/report", self.report),
        ]
        return [Route(f"/admin{path}", self._guarded(act), methods=[method]) for method, path, act in acts]

    def _guarded(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                return Response(status_code=403)
            try:
                told = act(request, orjson.loads(await request.body() or b"{}"))
            except Problem as problem:
                return Response(orjson.dumps(problem.data), problem.status, media_type="application/json")
            self.state.save()
            return Response(orjson.dumps(told if told is not None else {}), media_type="application/json")

        return answer

    def account(self, request: Request, data: Thing) -> Thing:
        user = self.state.ensure(data["username"])
        if user["id"] not in self.state.app["accounts"]:
            self.state.app["accounts"].append(user["id"])
        token, secret = f"{user['id']}-{secrets.token_urlsafe(24)}", secrets.token_urlsafe(30)
        self.state.keys[token] = {"user": user["id"], "secret": secret, "dead": False}
        return {**user, "oauth_token": token, "oauth_secret": secret}

    def forget(self, request: Request, data: Thing) -> None:
        proving.forget(self.state, request.path_params["user"])

    def end(self, request: Request, data: Thing) -> None:
        for one in self.state.tokens.values():
            if one["user"] == request.path_params["user"]:
                one["until"] = time.time() - 1

    def post(self, request: Request, data: Thing) -> Thing:
        author = self.state.ensure(data["author"])
        media = [self._picture(author, data["picture"], "tweet_image")] if data.get("picture") else []
        reply_to, quotes = data.get("reply_to", ""), data.get("quotes", "")
        return self.posting.publish(
            author["id"], data["text"], reply_to=reply_to, quotes=quotes, media=media, lang=data.get("lang", "en")
        )

    def say(self, request: Request, data: Thing) -> Thing:
        author, to = self.state.ensure(data["author"]), self.state.ensure(data["to"])
        media = [self._picture(author, data["picture"], "dm_image")] if data.get("picture") else []
        return self.talking.say(author["id"], to["id"], data["text"], media)

    def _picture(self, owner: Thing, told: str, category: str) -> str:
        one = self.media.keep(owner["id"], base64.b64decode(told), "image", "image/png", category)
        one["alt"] = "A picture"
        return str(one["key"])

    def seal(self, request: Request, data: Thing) -> Thing:
        author, to = self.state.ensure(data["author"]), self.state.ensure(data["to"])
        return {"id": self.talking.sealed(author["id"], to["id"])}

    def revoked(self, request: Request, data: Thing) -> None:
        """The user takes the permission back on X: every subscription of the app hears of it."""
        proving.forget(self.state, data["user"])
        told = {"date_time": datetime.now(UTC).isoformat(timespec="seconds"), "user_id": data["user"], "app_id": "1"}
        heard: set[str] = set()
        for one in list(self.state.subscriptions.values()):
            if one["filter"].get("user_id") == data["user"] and one.get("webhook_id", "") not in heard:
                heard.add(one.get("webhook_id", ""))
                revoke: Thing = {"event_type": "oauth.revoke", "filter": {}, "webhook_id": one.get("webhook_id")}
                self.posting.activity.deliver(revoke, told, {})

    def upload(self, request: Request, data: Thing) -> Thing:
        kind = data["category"].rpartition("_")[2]
        return self.media.keep(data["owner"], base64.b64decode(data["base64"]), kind, data["mime"], data["category"])

    def standing(self, request: Request, data: Thing) -> Thing:
        user = request.path_params["user"]
        posts = [one for one in self.state.standing() if one["author"] == user]
        said = [one for one in self.state.dms.values() if one["sender"] == user and user not in one["gone_for"]]
        found = sorted([*posts, *said], key=lambda one: int(one["id"]))
        return {"standing": [self._stands(one) for one in found]}

    def _stands(self, one: Thing) -> Thing:
        parent = self.state.posts.get(one.get("reply_to", ""))
        told = {"id": one.get("history", [one["id"]])[0], "author": one.get("author", one.get("sender"))}
        return {**told, "text": one["typed"], "reply_to": parent["history"][0] if parent else "", "media": one["media"]}

    def marks(self, request: Request, data: Thing) -> Thing:
        key = request.path_params["key"]
        return {"hidden": self.state.post(key)["hidden"], "liked_by": list(self.state.likes.get(key, {}))}

    def lower(self, request: Request, data: Thing) -> None:
        self.gate.limits.lower(data["endpoint"], Limit(data["user"], data.get("app", 0), data["seconds"]))

    def report(self, request: Request, data: Thing) -> Thing:
        strict = self.gate.description is not None
        return {"strict": strict, "violations": self.gate.violations, "asked": self.gate.asked}
