"""Events that X pushes: proven, opened, and named so that the same thing has one key however it comes.

https://docs.x.com/x-api/webhooks/quickstart tells how calls are signed, docs.x.com/x-api/activity/event-payloads what
is in them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from kikite.networks import raw
from kikite.networks.contract import Account, BadSignature, Delivery, Handshake, Unreadable
from kikite.networks.raw import Json

from . import posts
from .raw import Includes, maybe_number, number
from .translate import GONE, POST, POSTED, SEALED, WHISPERED

SIGNATURE = "x-twitter-webhooks-signature"
_LONGEST_KIND = 40
_LONGEST_CHALLENGE = 1000


def answer(account: Account, query: Mapping[str, str]) -> Handshake:
    """The challenge-response check: X asks hourly, and stops calling after a wrong answer. Raises BadSignature."""
    challenge = query.get("crc_token", "")
    if not challenge or len(challenge) > _LONGEST_CHALLENGE:
        raise BadSignature("X's check of a webhook carries a crc_token; this call does not")
    token = json.dumps({"response_token": _sign(account, challenge.encode("utf-8", "replace"))})
    return Handshake(token.encode(), "application/json")


def receive(account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
    """Open a call. Raises BadSignature, Unreadable."""
    given = headers.get(SIGNATURE, "")
    if not hmac.compare_digest(_sign(account, body).encode(), given.encode("utf-8", "replace")):
        raise BadSignature("the signature is not one of this app's consumer secret over this body")
    return [delivery(body)]


def delivery(body: bytes) -> Delivery:
    """An event as something to keep. What it is about names it; one about nothing in particular, its own id; one
    without even that, its digest, so that it is set aside. Raises Unreadable for what is no event at all."""
    data = raw.an_object(raw.parse(body), "data")
    kind = raw.text(data, "event_type")[:_LONGEST_KIND]
    if not kind:
        raise Unreadable("event_type is missing")
    return Delivery(_key(kind, data, body), kind, body, account_of(data))


def account_of(data: Json) -> str:
    """Whose event it is: an app has one webhook for all its accounts."""
    user = raw.maybe_object(data, "filter").get("user_id") or raw.maybe_object(data, "payload").get("user_id")
    return maybe_number(user)


def _key(kind: str, data: Json, body: bytes) -> str:
    payload = raw.maybe_object(data, "payload")
    try:
        return _named(kind, payload, data) or f"event:{raw.identifier(data.get('event_uuid'))}"
    except Unreadable:
        return f"event:{hashlib.sha256(body).hexdigest()}"


def _named(kind: str, payload: Json, data: Json) -> str:
    """The key of what the event is about, "" where it is about nothing in particular. Raises Unreadable."""
    if kind in POSTED:
        name = f"{POST}:{number(payload.get('id'))}"
        # Not to stand in the way of the same post with its author and pictures.
        complete = posts.whole(payload, Includes(raw.maybe_object(data, "includes")))
        return name if complete else f"{name}:bare"
    if kind == "post.delete":
        return f"{GONE}:{number(payload.get('id'))}"
    if kind in WHISPERED:
        events = raw.objects(payload, "direct_message_events")
        return f"dm:{number(events[0].get('id'))}" if len(events) == 1 else ""
    if kind in SEALED:
        return f"chat:{raw.identifier(payload.get('id'))}"
    return ""


def _sign(account: Account, content: bytes) -> str:
    """Raises BadSignature where there is no secret: an empty one proves nothing."""
    secret = account.secrets.get("consumer_secret", "")
    if not secret:
        raise BadSignature("this channel has no consumer secret, by which X proves its calls")
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"
