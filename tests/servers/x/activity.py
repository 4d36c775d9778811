"""The X Activity API: subscriptions, the stream, webhooks with their challenge and signature, replay."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from starlette.responses import StreamingResponse

from .gate import Answer, Call
from .problems import PROBLEMS, Problem
from .proving import Caller
from .state import State, Thing, now

TIMEOUT = 10.0  # seconds that a webhook has
TRIES = (0.0, 0.5, 2.0)  # seconds before each attempt; then the event is lost until it is replayed
MOST_SUBSCRIPTIONS = 1500
SPAN = ("from_date", "to_date")
# Who else may hear of a user's events: nobody without that user's own permission.
PRIVATE = {
    "post.mention.create": "tweet.read",
    "post.reply.create": "tweet.read",
    "post.quote.create": "tweet.read",
    "dm.received": "dm.read",
    "dm.sent": "dm.read",
    "dm.read": "dm.read",
    "dm.indicate_typing": "dm.read",
    "chat.received": "dm.read",
    "chat.sent": "dm.read",
}


def sign(secret: str, body: bytes) -> str:
    """As in `x-twitter-webhooks-signature` and in the answer to the challenge."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@dataclass
class Activity:
    state: State
    keep_alive: float = 20.0  # seconds between two empty lines of a quiet stream
    _streams: set[asyncio.Queue[bytes]] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    # --- what happens ---

    def happened(self, kind: str, user: str, payload: Thing, includes: Thing) -> None:
        """Everybody who subscribed to this of `user` hears of it."""
        for one in list(self.state.subscriptions.values()):
            if one["event_type"] == kind and one["filter"].get("user_id") == user:
                self.deliver(one, payload, includes)

    def deliver(self, subscription: Thing, payload: Thing, includes: Thing) -> None:
        told = {
            "event_uuid": str(secrets.randbelow(10**18) + 10**17),
            "filter": subscription["filter"],
            "event_type": subscription["event_type"],
            **({"tag": subscription["tag"]} if subscription.get("tag") else {}),
            "payload": payload,
            **({"includes": includes} if includes else {}),
        }
        body = orjson.dumps({"data": told})
        for queue in self._streams:
            queue.put_nowait(body)
        if subscription.get("webhook_id"):
            self.call(subscription["webhook_id"], body)

    def call(self, webhook: str, body: bytes) -> None:
        """Kept for a replay, and called in its own time."""
        key = self.state.new_key()
        self.state.events[key] = {"webhook": webhook, "at": now(), "body": body.decode()}
        self._later(self._post(self.state.webhooks[webhook]["url"], body))

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, url: str, body: bytes) -> None:
        signed = sign(self.state.app["consumer_secret"], body)
        headers = {"Content-Type": "application/json", "x-twitter-webhooks-signature": signed}
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            for wait in TRIES:
                await asyncio.sleep(wait)
                try:
                    if (await client.post(url, content=body, headers=headers)).status_code == 200:
                        return
                except httpx.HTTPError:
                    continue

    # --- webhooks ---

    async def create_webhook(self, call: Call) -> Answer:
        url = str(call.body["url"])
        if not url.startswith("https://") and not self.state.app["plain_webhooks"]:
            raise Problem.invalid("Webhook URL must be https", "url", url)
        if any(one["url"] == url for one in self.state.webhooks.values()):
            raise Problem.invalid("DuplicateUrlFailed: Webhook URL already exists", "url", url)
        if not await self._challenged(url):
            raise Problem.invalid("CrcValidationFailed: Webhook URL does not meet the requirements", "url", url)
        one: Thing = {"id": self.state.new_key(), "url": url, "valid": True, "created_at": now()}
        self.state.webhooks[one["id"]] = one
        return 200, {"data": one}

    async def _challenged(self, url: str) -> bool:
        """The challenge: does who answers there know the consumer secret?"""
        token = base64.b64encode(secrets.token_bytes(24)).decode()
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT) as client:
                answer = await client.get(url, params={"crc_token": token, "nonce": secrets.token_hex(8)})
            said = answer.json().get("response_token") if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError, AttributeError):
            return False
        return isinstance(said, str) and hmac.compare_digest(
            said.encode(), sign(self.state.app["consumer_secret"], token.encode()).encode()
        )

    def webhooks(self, call: Call) -> Answer:
        found = list(self.state.webhooks.values())
        return 200, {"data": found} if found else {}

    async def validate_webhook(self, call: Call) -> Answer:
        one = self._webhook(call.path["webhook_id"])
        one["valid"] = await self._challenged(one["url"])
        if not one["valid"]:
            raise Problem.invalid("CrcValidationFailed: Webhook URL does not meet the requirements", "webhook_id")
        return 200, {"data": {"valid": True}}

    def delete_webhook(self, call: Call) -> Answer:
        one = self._webhook(call.path["webhook_id"])
        del self.state.webhooks[one["id"]]
        for key in [key for key, sub in self.state.subscriptions.items() if sub.get("webhook_id") == one["id"]]:
            del self.state.subscriptions[key]
        return 200, {"data": {"deleted": True}}

    def replay(self, call: Call) -> Answer:
        """Everything that was sent to a webhook in a span of whole minutes is sent once more."""
        one = self._webhook(str(call.body["webhook_id"]))
        since, until = (datetime.strptime(str(call.body[name]), "%Y%m%d%H%M").replace(tzinfo=UTC) for name in SPAN)
        for event in list(self.state.events.values()):
            at = datetime.fromisoformat(event["at"]).replace(second=0, microsecond=0)
            if event["webhook"] == one["id"] and since <= at <= until:
                self._later(self._post(one["url"], event["body"].encode()))
        return 200, {"data": {"job_id": self.state.new_key(), "created_at": now()}}

    def _webhook(self, key: str) -> Thing:
        if key not in self.state.webhooks:
            raise Problem.not_found("webhook", "webhook_id", key)
        return self.state.webhooks[key]

    # --- subscriptions ---

    def subscribe(self, call: Call) -> Answer:
        kind, wanted = str(call.body["event_type"]), dict(call.body["filter"])
        self._permitted(call.caller, kind, str(wanted.get("user_id", "")))
        webhook = str(call.body.get("webhook_id", ""))
        if webhook:
            self._webhook(webhook)
        if len(self.state.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Problem.forbidden("The app has reached its limit of subscriptions.")
        for one in self.state.subscriptions.values():
            if (one["event_type"], one["filter"], one.get("webhook_id", "")) == (kind, wanted, webhook):
                raise Problem.invalid("DuplicateSubscriptionFailed: Subscription already exists", "filter")
        told: Thing = {
            "subscription_id": self.state.new_key(),
            "event_type": kind,
            "filter": wanted,
            "created_at": now(),
        }
        told |= {name: str(call.body[name]) for name in ("tag", "webhook_id") if name in call.body}
        self.state.subscriptions[told["subscription_id"]] = {**told, "updated_at": told["created_at"]}
        return 200, {"data": {"subscription": self.state.subscriptions[told["subscription_id"]]}}

    @staticmethod
    def _permitted(one: Caller, kind: str, user: str) -> None:
        if kind not in PRIVATE:
            return
        if one.scheme == "BearerToken" or one.user != user:
            raise Problem.forbidden("This event is private: subscribe with the user's own authentication.")
        if one.scheme == "OAuth2UserToken" and PRIVATE[kind] not in one.scopes:
            raise Problem.forbidden(f"The scope {PRIVATE[kind]} is needed for {kind}.")

    def subscriptions(self, call: Call) -> Answer:
        found = [self.state.subscriptions[key] for key in sorted(self.state.subscriptions, key=int)]
        return 200, {"data": found} if found else {}

    def update_subscription(self, call: Call) -> Answer:
        one = self._subscription(call.path["subscription_id"])
        one |= {name: str(call.body[name]) for name in ("tag", "webhook_id") if name in call.body}
        one["updated_at"] = now()
        return 200, {"data": {"subscription": one}}

    def unsubscribe(self, call: Call) -> Answer:
        del self.state.subscriptions[self._subscription(call.path["subscription_id"])["subscription_id"]]
        return 200, {"data": {"deleted": True}}

    def unsubscribe_all(self, call: Call) -> Answer:
        kept, ids = self.state.subscriptions, call.query["ids"].split(",")
        told = [{"subscription_id": key, "deleted": kept.pop(key, None) is not None} for key in ids]
        return 200, {"data": told, "meta": {"total_subscriptions": len(self.state.subscriptions)}}

    def _subscription(self, key: str) -> Thing:
        if key not in self.state.subscriptions:
            raise Problem.not_found("subscription", "subscription_id", key)
        return self.state.subscriptions[key]

    # --- streams ---

    def stream(self, call: Call) -> Answer:
        return self.streaming(self._streams)

    def streaming(self, streams: set[asyncio.Queue[bytes]]) -> StreamingResponse:
        """One connection at a time, as self-serve apps have."""
        if streams:
            told = "This stream is currently at the maximum allowed connection limit."
            kind, issue = f"{PROBLEMS}streaming-connection", "TooManyConnections"
            raise Problem(429, "ConnectionException", told, kind, connection_issue=issue)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        streams.add(queue)

        async def lines() -> AsyncIterator[bytes]:
            try:
                yield b"\r\n"
                while True:
                    try:
                        yield await asyncio.wait_for(queue.get(), self.keep_alive) + b"\r\n"
                    except TimeoutError:
                        yield b"\r\n"
            finally:
                streams.discard(queue)

        return StreamingResponse(lines(), media_type="application/json")
