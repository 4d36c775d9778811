"""Signatures of OAuth 1.0a, by the worked examples of X's documentation and of RFC 5849."""

from __future__ import annotations

import re

from kikite.networks.x.oauth1 import Keys, header, signature

# https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature; the keys were published with it.
KEYS = Keys(
    "xvz1evFS4wEEPTGEFPHBog",
    "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)
NONCE = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"
SENT = [("include_entities", "true"), ("status", "Hello Ladies + Gentlemen, a signed OAuth request!")]


def test_the_example_of_x() -> None:
    url = "https://api.x.com/1.1/statuses/update.json"
    told = header(KEYS, "post", url, SENT, nonce=NONCE, timestamp=1318622958)
    assert told.startswith('OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce="kYjzVBB8')
    assert 'oauth_signature="Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D"' in told
    names = re.findall(r"(oauth_\w+)=", told)
    assert names == sorted(names) and len(names) == 7


def test_the_example_of_the_rfc() -> None:
    """RFC 5849, 1.2: a request for a photo with two parameters."""
    keys = Keys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    parameters = [
        ("file", "vacation.jpg"),
        ("size", "original"),
        ("oauth_consumer_key", keys.consumer),
        ("oauth_token", keys.token),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131202"),
        ("oauth_nonce", "chapoH"),
    ]
    assert signature(keys, "GET", "http://photos.example.net/photos", parameters) == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


def test_secrets_are_not_shown() -> None:
    assert "kAcSOq" not in repr(KEYS) and "Lsww" not in repr(KEYS)
