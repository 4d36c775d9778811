"""Webhook calls of the practice network, made by hand: a channel without a server, and events as it signs them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import orjson

from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks.practice.signing import SIGNATURE, sign, wrap

from .ground import a_brand

SECRET = "what the network and we know"
_numbers = itertools.count(1)


def a_channel() -> Channel:
    return Channel.objects.create(
        brand=a_brand(), network="practice", realm="practice", key=f"us{next(_numbers)}", handle="TsubameAir",
        base_url="http://127.0.0.1:9", secrets=vault.seal({"token": "t", "webhook_secret": SECRET}),
    )  # fmt: skip


def created(key: str, text: str = "Where is my bag?", **fields: Any) -> dict[str, Any]:
    """The event of a customer's post."""
    author = {"id": "7", "handle": "mara", "name": "Mara K.", **fields.pop("author", {})}
    at = datetime.now(UTC).isoformat()
    data = {"id": key, "author": author, "text": text, "at": at, **fields}
    return {"id": f"e{key}", "type": "post.created", "at": at, "data": data}


def call(*events: object) -> bytes:
    """The body of a call that carries these events."""
    return wrap([orjson.dumps(event) for event in events], datetime.now(UTC))


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a call that proves itself, as the view sees them."""
    return {SIGNATURE: sign(secret, body)}
