"""Webhook calls of the practice network: how they are put together and proven.

The body names the moment of its making (`sent_at`) and the HMAC covers the whole body, so that a call that somebody
kept cannot be played again later.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

SIGNATURE = "x-practice-signature"
WINDOW_SECONDS = 300  # a call made longer ago than this (or as far ahead) is not believed


def sign(secret: str, body: bytes) -> str:
    """The value of the signature's header for this very body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(secret: str, body: bytes, given: str) -> bool:
    """Constant time; an empty secret proves nothing."""
    return bool(secret) and hmac.compare_digest(sign(secret, body).encode(), given.encode())


def wrap(events: Iterable[bytes], at: datetime) -> bytes:
    """A call's body around events that are JSON already. `at` is aware."""
    return b'{"sent_at":"%s","events":[%s]}' % (at.isoformat(timespec="milliseconds").encode(), b",".join(events))
