"""OAuth 1.0a: requests signed with four keys (RFC 5849, HMAC-SHA1), for apps without OAuth 2."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

type Parameters = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Keys:
    """An app's key and secret, and those of the account that it acts for."""

    consumer: str
    consumer_secret: str = field(repr=False)
    token: str
    token_secret: str = field(repr=False)


def header(keys: Keys, method: str, url: str, sent: Parameters, *, nonce: str, timestamp: int) -> str:
    """The Authorization header. `url` is without its query; `sent` are the parameters of the query, and of the body
    where that is a form."""
    ours = {
        "oauth_consumer_key": keys.consumer,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(timestamp),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    ours["oauth_signature"] = signature(keys, method, url, [*sent, *ours.items()])
    return "OAuth " + ", ".join(f'{_encoded(name)}="{_encoded(value)}"' for name, value in sorted(ours.items()))


def signature(keys: Keys, method: str, url: str, parameters: Parameters) -> str:
    """Section 3.4: over the method, the address and every parameter, sorted after their encoding."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters)
    base = "&".join([method.upper(), _encoded(url), _encoded("&".join(f"{name}={value}" for name, value in pairs))])
    secret = f"{_encoded(keys.consumer_secret)}&{_encoded(keys.token_secret)}"
    return base64.b64encode(hmac.new(secret.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _encoded(value: str) -> str:
    return quote(value, safe="~")
