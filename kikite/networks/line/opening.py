"""Webhook calls of LINE: proven, and taken apart into events that keep their bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac

from kikite.networks import raw
from kikite.networks.contract import BadSignature, Delivery, Unreadable

SIGNATURE = "x-line-signature"
EVENT = "event"


def sign(secret: str, body: bytes) -> str:
    """The value of the signature's header for this very body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def verify(secret: str, body: bytes, given: str) -> None:
    """Raises BadSignature. Constant time; without a secret nothing is proven.

    LINE signs no time, so a call can be played again: it is the same event under the same key, and changes nothing.
    """
    if not secret or not hmac.compare_digest(sign(secret, body).encode(), given.encode(errors="replace")):
        raise BadSignature("the signature is not one of this channel's secret over this body")


def deliveries(body: bytes) -> list[Delivery]:
    """The events of a call; none in the call by which the console tries the address. Raises Unreadable."""
    if len(body) > raw.MAX_BODY:
        raise Unreadable(f"larger than {raw.MAX_BODY} bytes")
    inside = {name: (text, value) for name, text, value in raw.members(body)}
    if "events" not in inside:
        raise Unreadable("not a call of LINE: events are missing")
    account = inside["destination"][1] if "destination" in inside else ""
    return [
        _delivery(text, event, account if isinstance(account, str) else "")
        for text, event in raw.items(inside["events"][0])
    ]


def _delivery(text: bytes, event: object, account: str) -> Delivery:
    """A redelivered event has the id that it had. One without an id is kept under its digest, to be set aside."""
    key = raw.maybe_id(event, "webhookEventId") if isinstance(event, dict) else ""
    return Delivery(key or f"event:{hashlib.sha256(text).hexdigest()}", EVENT, text, account)
