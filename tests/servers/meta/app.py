"""A Graph server of our own, strict to Meta's documentation: what is not documented is refused.

`python -m tests.servers.meta FOLDER PORT` serves. Besides the API it has the dialogs on which a person agrees, the
pictures that it was given, and an admin half for tests (`/admin/<act>`, JSON in and out), on which customers act.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import tokens
from .admin import Admin
from .api import Api
from .faults import TAKEN, Faults, strike
from .hooks import Hooks, call_back
from .refusals import Refusal
from .state import FACEBOOK, INSTAGRAM, State

VERSION = "v24.0"
_USAGE = '{"call_count":7,"total_cputime":3,"total_time":5}'


class Server:
    def __init__(self, folder: Path, base: str) -> None:
        self.state = State(folder / "meta.json")
        self.state.data["base"] = base
        self.faults = Faults()
        self.hooks = Hooks(self.state)
        self.api = Api(self.state, call_back)
        self.admin = Admin(self.state, self.faults)

    def app(self) -> Starlette:
        routes = [
            Route("/admin/{act}", self.act, methods=["POST"]),
            Route("/files/{key}", self.file),
            Route(f"/{VERSION}/dialog/oauth", self.dialog, methods=["GET", "POST"]),
            Route("/oauth/authorize", self.dialog, methods=["GET", "POST"]),
            Route("/oauth/access_token", self.instagram_code, methods=["POST"]),
            Route("/access_token", self.instagram_longer),
            Route("/refresh_access_token", self.instagram_longer),
            Route("/", self.graph, methods=["POST"]),
            Route(f"/{VERSION}/{{path:path}}", self.graph, methods=["GET", "POST", "DELETE"]),
        ]

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            task = asyncio.create_task(self.hooks.run())
            yield
            task.cancel()

        return Starlette(routes=routes, lifespan=lifespan)

    async def graph(self, request: Request) -> Response:
        try:
            fault = self.faults.take(request)
            if fault is None:
                return await self._answer(request)
            done = await self._answer(request) if fault["kind"] in TAKEN else None
            return await strike(fault, request, done)
        except Refusal as refusal:
            answer = refusal.answer()
            answer.headers["Date"] = self.date()
            return answer

    async def _answer(self, request: Request) -> Response:
        answer = await self.api.answer(request, request.path_params.get("path", ""))
        if request.method != "GET":
            self.saved()
        return JSONResponse(answer, headers={"X-App-Usage": _USAGE, "Date": self.date()})

    def date(self) -> str:
        """The server's own clock, which the admin can move."""
        return formatdate(self.state.now(), usegmt=True)

    def saved(self) -> None:
        self.state.save()
        self.hooks.fresh.set()

    async def act(self, request: Request) -> Response:
        answer = self.admin.act(request.path_params["act"], await request.json())
        self.saved()
        return JSONResponse(answer)

    async def file(self, request: Request) -> Response:
        found = self.state["files"].get(request.path_params["key"])
        if found is None:
            return Response(status_code=404)
        return Response(base64.b64decode(found["base64"]), media_type=found["mime"])

    # --- signing in ---

    async def dialog(self, request: Request) -> Response:
        platform = FACEBOOK if "dialog" in request.url.path else INSTAGRAM
        try:
            if request.method == "GET":
                return HTMLResponse(tokens.consent(self.state, dict(request.query_params), platform))
            form = await request.form()
            scopes = [str(scope) for scope in form.getlist("scope")]
            target = tokens.agreed(self.state, str(form["redirect_uri"]), str(form["state"]), scopes)
            self.saved()
            return RedirectResponse(target, 303)
        except Refusal as refusal:
            return refusal.answer()

    async def instagram_code(self, request: Request) -> Response:
        try:
            answer = tokens.instagram_code(self.state, dict(await request.form()))
        except Refusal as refusal:
            return JSONResponse(
                {"error_type": "OAuthException", "code": 400, "error_message": str(refusal)}, refusal.status
            )
        self.saved()
        return JSONResponse(answer)

    async def instagram_longer(self, request: Request) -> Response:
        params = dict(request.query_params)
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or params.get("access_token", "")
        grant = "ig_refresh_token" if "refresh" in request.url.path else "ig_exchange_token"
        try:
            answer = tokens.instagram_longer(self.state, params, token, grant)
        except Refusal as refusal:
            return refusal.answer()
        self.saved()
        return JSONResponse(answer)
