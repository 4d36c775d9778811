"""What people do on LINE, and what goes wrong, by an interface that only tests know."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .state import BOT, CHANNEL_SECRET, State

type Deed = Callable[[State, dict[str, Any]], dict[str, Any]]


def routes(state: State, key: str) -> list[Route]:
    deeds: dict[str, Deed] = {
        "say": say, "unsend": unsend, "event": event, "fault": fault, "expire": expire, "token": token,
        "standing": standing, "set": change, "person": person, "garble": garble,
    }  # fmt: skip
    return [Route(f"/admin/{name}", _admin(state, key, deed), methods=["POST"]) for name, deed in deeds.items()]


def _admin(state: State, key: str, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {key}"):
            return Response(status_code=403)
        answer = deed(state, await request.json())
        state.keep()
        return JSONResponse(answer)

    return run


def say(state: State, data: dict[str, Any]) -> dict[str, Any]:
    """`author` says `message`, in LINE's words, to the account (or in `group`); `file` is what it consists of."""
    user, key = state.person(data["author"]), state.next_id()
    state.kept.messages[key] = {"file": data.get("file"), "mime": data.get("mime", "image/jpeg")}
    group = {"type": "group", "groupId": data["group"], "userId": user} if data.get("group") else None
    message = {"id": key, **data["message"], "markAsReadToken": secrets.token_hex(8)}
    tell(state, {
        "type": "message", "source": group or {"type": "user", "userId": user}, "message": message,
        "replyToken": secrets.token_hex(16),
    })  # fmt: skip
    return {"id": key, "user": user}


def unsend(state: State, data: dict[str, Any]) -> dict[str, Any]:
    user = state.person(data["author"])
    tell(state, {
        "type": "unsend", "source": {"type": "user", "userId": user}, "unsend": {"messageId": data["id"]},
    })  # fmt: skip
    return {}


def event(state: State, data: dict[str, Any]) -> dict[str, Any]:
    """Any event, told as it is."""
    tell(state, data)
    return {}


def fault(state: State, data: dict[str, Any]) -> dict[str, Any]:
    state.faults.append({"on": "push", "next": 1, "body": "", "type": "text/html", **data})
    return {}


def garble(state: State, data: dict[str, Any]) -> dict[str, Any]:
    state.garbled = (data["how"], data["on"])
    return {}


def expire(state: State, data: dict[str, Any]) -> dict[str, Any]:
    """Every token is dead from now on."""
    state.kept.tokens.clear()
    return {}


def token(state: State, data: dict[str, Any]) -> dict[str, Any]:
    """A long-lived one, as the console issues it."""
    return {"token": state.issue(10**9)}


def standing(state: State, data: dict[str, Any]) -> dict[str, Any]:
    return {"pushed": state.kept.pushed}


def change(state: State, data: dict[str, Any]) -> dict[str, Any]:
    for name, value in data.items():
        assert hasattr(state.kept, name), name
        setattr(state.kept, name, value)
    return {}


def person(state: State, data: dict[str, Any]) -> dict[str, Any]:
    key = state.person(data["name"])
    state.kept.people[key] |= data
    return {"user": key, **state.kept.people[key]}


# --- telling the webhook ---


def tell(state: State, what: dict[str, Any]) -> None:
    state.kept.waiting.append({
        "mode": "active", "timestamp": time.time_ns() // 1_000_000, "webhookEventId": secrets.token_hex(13).upper(),
        "deliveryContext": {"isRedelivery": False}, **what,
    })  # fmt: skip


async def delivering(state: State) -> None:
    """Call the webhook with what waits, in order; again, as a redelivery, until it answers 2xx."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            await asyncio.sleep(0.02)
            if state.kept.waiting and state.kept.endpoint and state.kept.active:
                await _deliver(state, client, state.kept.waiting[:])


async def _deliver(state: State, client: httpx.AsyncClient, events: list[dict[str, Any]]) -> None:
    body = json.dumps({"destination": BOT, "events": events}, ensure_ascii=False).encode()
    signature = base64.b64encode(hmac.new(CHANNEL_SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"Content-Type": "application/json; charset=utf-8", "x-line-signature": signature}
    try:
        taken = (await client.post(state.kept.endpoint, content=body, headers=headers)).is_success
    except httpx.TransportError:
        taken = False
    if taken:
        del state.kept.waiting[: len(events)]
        state.keep()
    else:
        for one in events:
            one["deliveryContext"] = {"isRedelivery": True}
        await asyncio.sleep(0.2)
