"""What is fuzzed: every network's `translate`, `receive` and `handshake`, each a function of bytes that must not raise.

A target's bytes begin with one line that chooses (the kind of a delivery and which of `SETTINGS` the account has); the
rest is what a network or a stranger sends. Seeds are the samples beside the networks' tests, and in `seeds/` deliveries
as the test servers made them, for networks that have no samples. Either is named after the kind: `<kind>-<what>.json`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from kikite.networks.contract import (
    Account,
    BadSignature,
    Delivery,
    Handshake,
    Incoming,
    Network,
    Revoked,
    Unreadable,
)
from kikite.networks.registry import NAMES, network
from kikite.workflows.checking import check

SAMPLES = Path(__file__).parents[1] / "networks"
SEEDS = Path(__file__).parent / "seeds"
SECRET = "one secret for every field of every form"
# The brand's account in the seeds, where it is another than in X's samples.
KEYS = {"bluesky": "did:plc:us", "facebook": "100000000000001", "instagram": "100000000000001"}
KEYS["line"] = "U" + "b0" * 16
# Where every delivery is of one kind, samples are named after what they show alone.
KINDS = {"line": "event"}
# What servers say of themselves and what decides how a translator reads.
SETTINGS: tuple[Mapping[str, object], ...] = (
    {},
    {"reads": "firehose"},
    {"reads": "notifications"},
    {"domain": "social.example"},
)
# What networks wrap around one event in a call, so that a sample of an event is a seed for the whole call too.
WRAPPERS = (
    b"%s",
    b'{"events":[%s]}',
    b'{"object":"page","entry":[{"id":"1","time":1,"messaging":[%s]}]}',
    b'{"object":"page","entry":[{"id":"1","time":1,"changes":[%s]}]}',
    b'{"object":"instagram","entry":[{"id":"1","time":1,"messaging":[%s]}]}',
    b'{"destination":"U1","events":[%s]}',
)
QUERIES: tuple[Mapping[str, str], ...] = (
    {"crc_token": "MTIz", "nonce": "4"},
    {"hub.mode": "subscribe", "hub.challenge": "123", "hub.verify_token": SECRET},
    {},
)


@dataclass(frozen=True, slots=True)
class Target:
    """`run` raises for what is a mistake of ours, and for nothing else."""

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def targets() -> list[Target]:
    return [target for name in NAMES for target in _of(network(name))]


def named(name: str) -> Target:
    return next(target for target in targets() if target.name == name)


def _of(one: Network) -> Iterator[Target]:
    samples = tuple(_samples(one.name))
    chosen = tuple(b"%s %d\n%s" % (kind.encode(), place, body) for kind, body in samples for place in range(2))
    yield Target(f"{one.name}.translate", partial(_translate, one), chosen)
    calls = tuple(wrapper % body for _, body in samples for wrapper in WRAPPERS)
    yield Target(f"{one.name}.receive", partial(_receive, one), tuple(b"0\n" + body for body in calls))
    yield Target(f"{one.name}.handshake", partial(_handshake, one), tuple(map(orjson.dumps, QUERIES)))


def _samples(name: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted([*(SAMPLES / name / "samples").glob("*.json"), *(SEEDS / name).glob("*.json")]):
        if not path.name.endswith(".neutral.json"):
            yield KINDS.get(name) or path.stem.split("-")[0], path.read_bytes()
    if name == "practice":
        yield from _practice()


def _practice() -> Iterator[tuple[str, bytes]]:
    """The practice network has no samples of its own: it is its own source."""
    author = {"id": "7", "handle": "mara", "name": "Mara", "avatar": "http://x.example/7", "url": "http://x.example/@m"}
    at = datetime.now(UTC).isoformat()
    post: dict[str, Any] = {"id": "9", "author": author, "text": "Where?", "at": at, "media": [], "mentions": []}
    for kind, data in (
        ("post.created", post),
        ("post.deleted", {"id": "9"}),
        ("message.created", {**post, "to": author}),
    ):
        yield kind, orjson.dumps({"id": "1", "type": kind, "at": at, "data": data})


def account(one: Network, settings: Mapping[str, object]) -> Account:
    """One whose every secret is known, so that a call can be signed as any network signs it."""
    names = {field.name for way in one.ways for field in way.fields}
    key = KEYS.get(one.name, "1111111111111111111")
    return Account(key, "tsubame", "https://network.example", dict.fromkeys(names, SECRET), settings)


def _chosen(given: bytes) -> tuple[str, Mapping[str, object], bytes]:
    line, _, body = given.partition(b"\n")
    kind, _, place = line[:80].decode("utf-8", "replace").rpartition(" ")
    return kind or place, SETTINGS[int(place) % len(SETTINGS) if place.isascii() and place.isdecimal() else 0], body


def _translate(one: Network, given: bytes) -> None:
    kind, settings, body = _chosen(given)
    _read(one, account(one, settings), kind, body)


def _read(one: Network, who: Account, kind: str, body: bytes) -> None:
    """Unreadable is an answer; everything else that is raised is a crash. What is read is the same every time."""
    with suppress(Unreadable):
        found = one.translate(who, kind, body)
        assert _lasting(one.translate(who, kind, body)) == _lasting(found), "the same bytes are read in two ways"
        for thing in found:
            with suppress(Unreadable):
                _storable(check(thing))


def _lasting(found: Iterable[Incoming]) -> list[Incoming]:
    """All but what may be dated by the reading: that a permission is gone counts even where nobody says since when."""
    return [thing for thing in found if not isinstance(thing, Revoked)]


def _storable(value: object) -> None:
    if isinstance(value, str):
        value.encode()
        assert "\x00" not in value, "no database takes this"
    elif isinstance(value, datetime):
        assert value.tzinfo is not None, "a time of no zone"
    elif isinstance(value, tuple):
        for one in value:
            _storable(one)
    elif is_dataclass(value):
        for field in fields(value):
            _storable(getattr(value, field.name))


def signed(body: bytes) -> dict[str, str]:
    """The headers of every network that signs: each looks only for its own."""
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256)
    hexadecimal, in_base64 = digest.hexdigest(), base64.b64encode(digest.digest()).decode()
    return {
        "x-practice-signature": f"sha256={hexadecimal}",
        "x-hub-signature-256": f"sha256={hexadecimal}",
        "x-twitter-webhooks-signature": f"sha256={in_base64}",
        "x-line-signature": in_base64,
    }


def _receive(one: Network, given: bytes) -> None:
    """The call as a stranger makes it, which must be refused; and as the network makes it."""
    line, _, body = given.partition(b"\n")
    who = account(one, {})
    strange = dict.fromkeys(signed(b""), line.decode("latin-1"))
    for headers in ({}, strange):
        try:
            found = one.receive(who, headers, body)
        except BadSignature:
            continue
        raise AssertionError(f"a call without a proof was opened: {found!r:.200}")
    with suppress(BadSignature, Unreadable):
        _kept(one, who, one.receive(who, signed(body), body))


def _kept(one: Network, who: Account, found: Iterable[Delivery]) -> None:
    for delivery in found:
        assert delivery.key and len(delivery.kind) <= 40, "a delivery that cannot be kept"
        _storable((delivery.key, delivery.kind, delivery.account))
        _read(one, who, delivery.kind, delivery.body)


def _handshake(one: Network, given: bytes) -> None:
    try:
        query: Any = orjson.loads(given)
    except orjson.JSONDecodeError:
        query = dict.fromkeys(("crc_token", "hub.challenge", "hub.verify_token"), given.decode("latin-1"))
    told = {str(name): str(value) for name, value in query.items()} if isinstance(query, dict) else {}
    with suppress(BadSignature):
        answer = one.handshake(account(one, {}), told)
        assert isinstance(answer, Handshake) and isinstance(answer.body, bytes)
