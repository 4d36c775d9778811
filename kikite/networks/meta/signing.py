"""What proves whom: Meta's signature under a webhook call, ours beside a token, and the word of the handshake."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from kikite.networks.contract import Account, BadSignature, Handshake

SIGNATURE = "x-hub-signature-256"
_LONGEST_CHALLENGE = 200


def digest(secret: str, body: bytes) -> str:
    """Hex HMAC-SHA256, as Meta writes it in `X-Hub-Signature-256` and wants it in `appsecret_proof`."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(secret: str, body: bytes, given: str) -> bool:
    """Constant time; an empty secret proves nothing."""
    return bool(secret) and hmac.compare_digest(f"sha256={digest(secret, body)}".encode(), given.encode())


def verify_token(account: Account) -> str:
    """The word by which the handshake knows us: the one that was typed in, else one made of the app's secret."""
    given, secret = account.secrets.get("verify_token", ""), account.secrets.get("app_secret", "")
    return given or (digest(secret, b"kikite webhook")[:32] if secret else "")


def handshake(account: Account, query: Mapping[str, str]) -> Handshake:
    """Echo the challenge to whoever knows the word. Raises BadSignature."""
    expected, challenge = verify_token(account), query.get("hub.challenge", "")
    knows = bool(expected) and hmac.compare_digest(expected.encode(), query.get("hub.verify_token", "").encode())
    if query.get("hub.mode") != "subscribe" or not knows:
        raise BadSignature("the verify token is not this account's")
    if not (0 < len(challenge) <= _LONGEST_CHALLENGE and challenge.isascii() and challenge.isalnum()):
        raise BadSignature("the challenge is none")
    return Handshake(challenge.encode())
