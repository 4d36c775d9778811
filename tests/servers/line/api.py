"""The Messaging API as a desk sees it."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.servers.garbling import garbled

from .state import BOT, CHANNEL_ID, CHANNEL_SECRET, State
from .strict import ID, Refusal, body_of, retry_key, text_message, wrong

type Endpoint = Callable[[State, Request], Awaitable[Response]]

_NO_TOKEN = (
    "Authentication failed due to the following reason: invalid token. Confirm that the access token in the "
    "authorization header is valid."
)
_AGES = 3600.0  # seconds that a lost answer takes


def routes(state: State) -> list[Route]:
    table: list[tuple[str, str, str, Endpoint]] = [
        ("GET", "/v2/bot/info", "read", info),
        ("GET", "/v2/bot/message/quota", "read", quota),
        ("GET", "/v2/bot/message/quota/consumption", "read", consumption),
        ("GET", "/v2/bot/profile/{user}", "profile", profile),
        ("POST", "/v2/bot/message/push", "push", push),
        ("GET", "/v2/bot/message/{message}/content", "content", content),
        ("POST", "/v2/bot/chat/loading/start", "signal", loading),
        ("PUT", "/v2/bot/channel/webhook/endpoint", "webhook", set_endpoint),
        ("GET", "/v2/bot/channel/webhook/endpoint", "webhook", endpoint),
    ]
    signed_in = [Route(path, _guarded(state, kind, answer), methods=[method]) for method, path, kind, answer in table]
    open_ = {"/v2/oauth/accessToken": _issue(state), "/v2/oauth/revoke": _revoke(state)}
    return [*signed_in, *(Route(path, answer, methods=["POST"]) for path, answer in open_.items())]


def _guarded(state: State, kind: str, answer: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        try:
            if not state.knows(request.headers.get("authorization", "").removeprefix("Bearer ")):
                raise Refusal(401, _NO_TOKEN)
            how, on = state.garbled
            if how == "error" and on == ("write" if kind == "push" else "read"):
                return Response("oops", 500)
            told = await _faulty(state, kind, answer, request)
            return _garbled(told, how) if on == ("write" if kind == "push" else "read") else told
        except Refusal as refusal:
            return refusal.answer()

    return run


def _garbled(told: Response, how: str) -> Response:
    if not how:
        return told
    status, mime, body = garbled(how, told.status_code, bytes(told.body))
    return Response(body, status, media_type=mime)


async def _faulty(state: State, kind: str, answer: Endpoint, request: Request) -> Response:
    fault = state.fault(kind)
    match fault and fault["kind"]:
        case "hang_before":
            await asyncio.sleep(_AGES)
        case "hang_after":
            await answer(state, request)
            await asyncio.sleep(_AGES)
        case "limit":
            raise Refusal(429, "The API rate limit has been exceeded. Try again later.")
        case "monthly":
            raise Refusal(429, "You have reached your monthly limit.")
        case "status":
            assert fault is not None
            return Response(fault["body"], fault["status"], media_type=fault["type"])
    return await answer(state, request)


def _told(data: dict[str, Any], status: int = 200) -> JSONResponse:
    return JSONResponse(data, status, {"x-line-request-id": str(uuid.uuid4())})


async def info(state: State, request: Request) -> Response:
    return _told({
        "userId": BOT, "basicId": "@216ktaiq", "premiumId": "@tsubame", "displayName": "Tsubame Air",
        "pictureUrl": "https://profile.line-scdn.net/0hTsubame", "chatMode": "chat", "markAsReadMode": "manual",
    })  # fmt: skip


async def quota(state: State, request: Request) -> Response:
    limit = state.kept.quota
    return _told({"type": "none"} if limit is None else {"type": "limited", "value": limit})


async def consumption(state: State, request: Request) -> Response:
    return _told({"totalUsage": len(state.kept.pushed)})


async def profile(state: State, request: Request) -> Response:
    key = request.path_params["user"]
    person = state.kept.people.get(key)
    if not ID.fullmatch(key):
        raise Refusal(400, "The value for the 'userId' parameter is invalid")
    if person is None or not person["friend"]:
        raise Refusal(404, "Not found")
    return _told({"userId": key, "displayName": person["name"], "pictureUrl": f"https://profile.line-scdn.net/{key}"})


async def push(state: State, request: Request) -> Response:
    key = retry_key(request)
    data = await body_of(request, to=str, messages=list)
    if key in state.kept.retries:
        before, *ids = state.kept.retries[key]
        raise _accepted(before, ids)
    if not ID.fullmatch(data["to"]) or (data["to"].startswith("U") and data["to"] not in state.kept.people):
        raise Refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
    if not 1 <= len(data["messages"]) <= 5:
        raise wrong(messages="Size must be between 1 and 5")
    texts = [text_message(one, f"messages[{place}]") for place, one in enumerate(data["messages"])]
    if state.kept.quota is not None and len(state.kept.pushed) + len(texts) > state.kept.quota:
        raise Refusal(429, "You have reached your monthly limit.")
    ids = [state.next_id() for _ in texts]
    state.kept.pushed += [{"id": id_, "to": data["to"], "text": text} for id_, text in zip(ids, texts, strict=True)]
    if key:
        state.kept.retries[key] = [str(uuid.uuid4()), *ids]
    state.keep()
    return _told({"sentMessages": [{"id": id_, "quoteToken": f"q{id_}"} for id_ in ids]})


def _accepted(before: str, ids: list[str]) -> Refusal:
    class Accepted(Refusal):
        def answer(self) -> JSONResponse:
            response = super().answer()
            response.headers["x-line-accepted-request-id"] = before
            return response

    return Accepted(409, "The retry key is already accepted", sentMessages=[{"id": id_} for id_ in ids])


async def content(state: State, request: Request) -> Response:
    said = state.kept.messages.get(request.path_params["message"], {})
    match said.get("file"):
        case None:
            raise Refusal(404, "Not found")
        case "preparing":
            return Response(status_code=202)
        case str(elsewhere) if elsewhere.startswith("http"):
            return RedirectResponse(elsewhere)
        case encoded:
            return Response(base64.b64decode(encoded), media_type=said["mime"])


async def loading(state: State, request: Request) -> Response:
    data = await body_of(request, chatId=str, loadingSeconds=int)
    if not data["chatId"].startswith("U") or data["chatId"] not in state.kept.people:
        raise wrong(chatId="Invalid chat ID")
    if data["loadingSeconds"] not in range(5, 61, 5):
        raise wrong(loadingSeconds="Must be a multiple of 5 between 5 and 60")
    state.kept.people[data["chatId"]]["shown"] = time.time()
    return _told({}, 202)


async def set_endpoint(state: State, request: Request) -> Response:
    data = await body_of(request, endpoint=str)
    # LINE calls https alone; a server on this machine is taken besides, so that the whole way can be walked here.
    if not data["endpoint"].startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise wrong(endpoint="Invalid webhook endpoint URL")
    state.kept.endpoint = data["endpoint"]
    state.keep()
    return _told({})


async def endpoint(state: State, request: Request) -> Response:
    if not state.kept.endpoint:
        raise Refusal(404, "Not found")
    return _told({"endpoint": state.kept.endpoint, "active": state.kept.active})


def _revoke(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def revoke(request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        if form.keys() != {"access_token"}:
            return JSONResponse({"error": "invalid_request", "error_description": "access_token is missing"}, 400)
        state.kept.tokens.pop(form["access_token"][0], None)
        state.keep()
        return Response(status_code=200)

    return revoke


def _issue(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def issue(request: Request) -> Response:
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return JSONResponse({"error": "invalid_request", "error_description": "wrong content type"}, 400)
        form = parse_qs((await request.body()).decode(), keep_blank_values=True)
        if form.keys() != {"grant_type", "client_id", "client_secret"} or form["grant_type"] != ["client_credentials"]:
            return JSONResponse({"error": "invalid_request", "error_description": "grant_type is missing"}, 400)
        if form["client_id"] != [CHANNEL_ID]:
            return JSONResponse({"error": "invalid_client", "error_description": "invalid client_id"}, 400)
        if form["client_secret"] != [CHANNEL_SECRET]:
            return JSONResponse({"error": "invalid_client", "error_description": "invalid client_secret"}, 400)
        token = state.issue()
        state.keep()
        return JSONResponse({"access_token": token, "expires_in": state.kept.lives, "token_type": "Bearer"})

    return issue
