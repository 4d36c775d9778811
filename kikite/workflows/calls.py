"""Calls of the networks' webhooks: whose they are, and keeping what came of many calls at once.

One webhook may serve several accounts of an app. What is for another account is kept with that account's channel, if
its own secret proves the very same call: another app's secret opens nothing, and nobody's messages go to whoever
happens to be called.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.history.recording import notify
from kikite.networks import registry
from kikite.networks.contract import Account, BadSignature, Delivery, Network, Unreadable

from .receive import KEPT, kept_key, kept_kind

LIVES = 1.0  # seconds for which a process remembers a channel: who disconnects it is obeyed within them
MOST = 10_000  # channels and wrong addresses that are remembered

_KEEP = """
INSERT INTO channels_delivery (channel_id, key, kind, body, received_at, reason, set_aside_at)
SELECT w.channel, w.key, w.kind, w.body, %(now)s, w.reason, CASE WHEN w.reason <> '' THEN %(now)s::timestamptz END
FROM unnest(%(channels)s::bigint[], %(keys)s::text[], %(kinds)s::text[], %(bodies)s::bytea[], %(reasons)s::text[])
    AS w(channel, key, kind, body, reason)
ON CONFLICT (channel_id, key) DO NOTHING RETURNING channel_id
"""
# At most once a second, and never waiting for one who does the same.
_STAMP = """
UPDATE channels_channel SET last_read_at = %(now)s, last_delivery_at = %(now)s WHERE id IN (
    SELECT id FROM channels_channel WHERE id = ANY(%(channels)s)
      AND (last_read_at IS NULL OR last_read_at < %(before)s OR last_delivery_at IS NULL)
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A channel as its webhook needs it."""

    channel: int
    network: Network
    account: Account
    connected: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery on its way into the database; `aside` is why it cannot be read, "" where it can."""

    channel: int
    raw: Delivery
    aside: str = ""


class Disconnected(Exception):
    """The channel was disconnected while its webhook was called."""


class Lines:
    """The channels behind webhooks, remembered for a moment. One look-up at a time."""

    def __init__(self) -> None:
        self._by_hook: dict[str, tuple[float, Line | None]] = {}
        self._by_account: dict[tuple[str, str], tuple[float, list[Line]]] = {}

    def remembered(self, hook: str) -> tuple[bool, Line | None]:
        """Whether it is known without asking the database, and what is known."""
        at, line = self._by_hook.get(hook, (0.0, None))
        return time.monotonic() - at < LIVES and at > 0, line

    def at(self, hook: str) -> Line | None:
        """The channel with this webhook. Raises CannotDecrypt."""
        known, line = self.remembered(hook)
        if known:
            return line
        line = next(map(_line, Channel.objects.filter(hook=hook)), None)
        _remember(self._by_hook, hook, line)
        return line

    def of(self, network: Network, key: str) -> list[Line]:
        """The connected channels of an account, whichever brand's. Raises CannotDecrypt."""
        at, lines = self._by_account.get((network.name, key), (0.0, []))
        if at > 0 and time.monotonic() - at < LIVES:
            return lines
        lines = [*map(_line, Channel.objects.connected().filter(network=network.name, key=key).order_by("pk"))]
        _remember(self._by_account, (network.name, key), lines)
        return lines


def opened(line: Line, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
    """What a call brought. Raises BadSignature when it does not prove that it is the network's.

    A call that is signed but cannot be opened is one delivery of its own: kept as it came, and set aside when read.
    """
    try:
        return line.network.receive(line.account, headers, body)
    except Unreadable:
        return [Delivery(f"call:{hashlib.sha256(body).hexdigest()}", "call", body)]


def for_others(line: Line, deliveries: Iterable[Delivery]) -> bool:
    """Whether something is for another account than the one that was called."""
    return any(raw.account not in ("", line.account.key) for raw in deliveries)


def sorted_out(
    lines: Lines, line: Line, headers: Mapping[str, str], body: bytes, deliveries: Sequence[Delivery]
) -> list[Kept]:
    """Each delivery with the channel that it is for."""
    found: dict[str, list[Line]] = {}
    rows = []
    for raw in deliveries:
        if raw.account in ("", line.account.key):
            rows.append(Kept(line.channel, raw))
            continue
        if raw.account not in found:
            found[raw.account] = [one for one in lines.of(line.network, raw.account) if _proves(one, headers, body)]
        rows += [Kept(one.channel, raw) for one in found[raw.account]] or [Kept(line.channel, raw, _stranger(raw))]
    return rows


def keep(calls: Sequence[Sequence[Kept]]) -> list[Exception | None]:
    """Keep what many calls brought, in one transaction; for each call None once it is kept, or why it is not.

    If the database does not take them together, each is tried alone, and only the one at fault is not kept.
    """
    try:
        return _keep(calls)
    except Exception as error:
        connection.close()
        if len(calls) == 1:
            return [error]
        return [answer for call in calls for answer in keep([call])]


@transaction.atomic
def _keep(calls: Sequence[Sequence[Kept]]) -> list[Exception | None]:
    now = timezone.now()
    connected = _connected({row.channel for call in calls for row in call})
    gone = [any(row.channel not in connected for row in call) for call in calls]
    # In one order everywhere: two processes that keep the same never wait for each other in a ring.
    rows = sorted((row for call, over in zip(calls, gone, strict=True) if not over for row in call), key=_place)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, _columns(rows) | {"now": now})
            new = {channel for (channel,) in cursor.fetchall()}
            if new:
                values: dict[str, Any] = {"now": now, "before": now - timedelta(seconds=1), "channels": list(new)}
                cursor.execute(_STAMP, values)
                notify(KEPT, [""])
    return [Disconnected() if over else None for over in gone]


def _connected(channels: set[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM channels_channel WHERE id = ANY(%s) AND disconnected_at IS NULL", [list(channels)]
        )
        return {row[0] for row in cursor.fetchall()}


def _columns(rows: Sequence[Kept]) -> dict[str, Any]:
    return {
        "channels": [row.channel for row in rows],
        "keys": [kept_key(row.raw.key) for row in rows],
        "kinds": [kept_kind(row.raw.kind) for row in rows],
        "bodies": [row.raw.body for row in rows],
        "reasons": [row.aside for row in rows],
    }


def _place(row: Kept) -> tuple[int, str]:
    return row.channel, kept_key(row.raw.key)


def _line(channel: Channel) -> Line:
    connected = channel.disconnected_at is None
    account = vault.account(channel) if connected else vault.named(channel)
    return Line(channel.pk, registry.network(channel.network), account, connected)


def _proves(line: Line, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        opened(line, headers, body)
    except BadSignature:
        return False
    return True


def _stranger(raw: Delivery) -> str:
    return f"It is for the account {raw.account[:100]}, which is not connected here with the same app."


def _remember[K, V](known: dict[K, tuple[float, V]], key: K, value: V) -> None:
    if len(known) >= MOST:
        known.clear()
    known[key] = (time.monotonic(), value)
