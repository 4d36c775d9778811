"""Webhook calls: signed, one account's things together, again until they are taken."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import httpx

from .state import APP, FACEBOOK, State, Thing

_AGAIN = 0.2  # seconds until a call that was not taken is made again


def call_back(address: str, token: str) -> bool:
    """The handshake: does whoever answers there know the word?"""
    query = urlencode({"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token})
    try:
        answer = httpx.get(f"{address}?{query}", timeout=10)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.text == "1158201444"


class Hooks:
    def __init__(self, state: State) -> None:
        self.state = state
        self.fresh = asyncio.Event()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                self.fresh.clear()
                if not self.state["queue"]:
                    await self.fresh.wait()
                elif await self._call(client):
                    self.state.save()
                else:
                    await asyncio.sleep(_AGAIN)

    async def _call(self, client: httpx.AsyncClient) -> bool:
        """One call with everything that waits for the first one's webhook. True when it was taken, or nobody
        listens."""
        queue = list(self.state["queue"])
        thing = self._object(queue[0])
        ours = [one for one in queue if self._object(one) == thing]
        address = self.state["subscriptions"].get(thing, {}).get("callback_url", "")
        if address:
            body = json.dumps({"object": thing, "entry": entries(ours)}).encode()
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body)}
            try:
                answer = await client.post(address, content=body, headers=headers)
            except httpx.TransportError:
                return False
            if answer.status_code != 200:
                return False
        self.state.data["queue"] = [one for one in self.state["queue"] if one not in ours]
        return True

    def _object(self, one: Thing) -> str:
        platform = self.state["accounts"][one["account"]]["platform"]
        return "page" if platform.endswith(FACEBOOK) else "instagram"


def entries(waiting: list[Thing]) -> list[Thing]:
    """Neighbours of one account share an entry, as Meta puts them together."""
    made: list[Thing] = []
    for (account, list_), group in groupby(waiting, key=lambda one: (one["account"], one["list"])):
        things = list(group)
        at = things[-1]["at"]
        time: Any = int(at) if list_ == "changes" else int(at * 1000)
        made.append({"id": account, "time": time, list_: [one["thing"] for one in things]})
    return made


def sign(body: bytes) -> str:
    return "sha256=" + hmac.new(APP["secret"].encode(), body, hashlib.sha256).hexdigest()
