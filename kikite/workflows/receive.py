"""Deliveries are kept raw, then read in batches: translated by their network and threaded into cases.

Reading is one transaction a batch: rows are claimed by their lock, so a worker that dies gives them back at once,
and any number of workers read side by side.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kikite.accounts.models import Agent, Brand
from kikite.cases.arriving import Arrival, absorb
from kikite.channels import vault
from kikite.channels.models import Channel, Delivery, Gap, Question
from kikite.history.recording import notify
from kikite.networks import registry
from kikite.networks.contract import Account, Incoming, Named, Network, Revoked, Unreadable
from kikite.networks.contract import Delivery as Raw
from kikite.networks.contract import Gap as Missing

from .checking import check
from .lag import Lags

log = logging.getLogger(__name__)

# Told to the readers of deliveries when there is something to read.
KEPT = "kikite_kept"
BATCH = 1000
KEY = 500

# The database is away or could not finish: no delivery is at fault.
_AWAY = (OperationalError, InterfaceError)

_KEEP = """
INSERT INTO channels_delivery (channel_id, key, kind, body, received_at, reason)
SELECT %(channel)s, w.key, w.kind, w.body, %(now)s, '' FROM unnest(%(keys)s::text[], %(kinds)s::text[],
    %(bodies)s::bytea[]) AS w(key, kind, body)
ON CONFLICT (channel_id, key) DO NOTHING
"""


@transaction.atomic
def keep(channel: Channel, deliveries: Collection[Raw], cursor: str | None = None, gap: Missing | None = None) -> int:
    """Keep what the network handed over, before anything reads it; what is here already stays as it is.

    `cursor` is kept in the same transaction: it never runs ahead of what was kept; so is the word of a `gap` that the
    network left before it. Returns how many were new.
    """
    now = timezone.now()
    new = 0
    if deliveries:
        with connection.cursor() as sql:
            sql.execute(_KEEP, _columns(channel, deliveries, now))
            new = sql.rowcount
    if new:
        notify(KEPT, [""])
    _stamp(channel, now, new, cursor)
    if gap is not None:
        log.warning("%s %s no longer tells of %s to %s", channel.network, channel.handle, gap.since, gap.until)
        Gap.objects.get_or_create(channel=channel, since=gap.since, until=gap.until, defaults={"why": _plain(gap.why)})
    return new


def _stamp(channel: Channel, now: datetime, new: int, cursor: str | None) -> None:
    """Note on the channel when it was read last; at most once a second, so that webhooks do not wait for its row."""
    changes: dict[str, Any] = {"last_read_at": now} | ({"last_delivery_at": now} if new else {})
    rows = Channel.objects.filter(pk=channel.pk)
    if cursor is not None:
        changes["cursor"] = cursor
    else:
        rows = rows.filter(Q(last_read_at=None) | Q(last_read_at__lt=now - timedelta(seconds=1)))
    rows.update(**changes)


def _columns(channel: Channel, deliveries: Collection[Raw], now: datetime) -> dict[str, Any]:
    return {
        "channel": channel.pk,
        "keys": [kept_key(raw.key) for raw in deliveries],
        "kinds": [kept_kind(raw.kind) for raw in deliveries],
        "bodies": [raw.body for raw in deliveries],
        "now": now,
    }


def kept_kind(kind: str) -> str:
    """The connector's word for a delivery as the database takes it."""
    return kind[:40] if kind.isascii() and kind.isprintable() else "odd"


def kept_key(key: str) -> str:
    """The network's id of a delivery as the database takes it: what is too long or no text goes by its digest."""
    if len(key) <= KEY and key.isprintable():
        return key
    return f"odd:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Desk:
    """What reading needs to know of one channel's brand and network."""

    channel: Channel
    network: Network
    account: Account


type Row = tuple[int, int, str, bytes, datetime]  # id, channel, kind, body, received_at


class Reader:
    """Reads kept deliveries. Channels are remembered for a few seconds, so that a batch costs no look-ups."""

    def __init__(self, batch: int = BATCH) -> None:
        self.batch = batch
        self._desks: dict[int, Desk] = {}
        self._known_at: datetime | None = None
        self.lags = Lags()

    def read(self) -> int:
        """Read one batch; returns how many deliveries it took (0: nothing waits).

        A delivery that cannot be threaded, or that the database will not take, makes its batch fail; each of the
        batch is then read alone, and the one at fault is set aside.
        """
        try:
            taken = self._read()
            self.lags.tell()
            return taken
        except _AWAY:
            raise
        except Exception as error:
            log.warning("a batch could not be read; looking for the delivery at fault: %s", _reason(error))
            return self._read_one_by_one()

    def read_all(self) -> int:
        """Read until nothing waits."""
        total = 0
        while taken := self.read():
            total += taken
        return total

    @transaction.atomic
    def _read(self, only: int | None = None) -> int:
        _go_by_keys()
        rows = _claim(self.batch, only)
        if rows:
            arrivals, aside = self._translate(rows)
            _absorb(arrivals)
            _finish(rows, aside)
        return len(rows)

    def _read_one_by_one(self) -> int:
        """Slow and safe: every delivery of the batch in a transaction of its own."""
        with transaction.atomic():
            ids = [row[0] for row in _claim(self.batch)]
        for id_ in ids:
            try:
                self._read(id_)
            except _AWAY:
                raise
            except Exception as error:
                log.error("delivery %s cannot be read; it is set aside: %s", id_, _reason(error))
                _set_aside(id_, _reason(error))
        return len(ids)

    def _translate(self, rows: Sequence[Row]) -> tuple[dict[int, list[Arrival]], dict[int, str]]:
        """(arrivals by brand, reason by delivery that cannot be read)."""
        arrivals: dict[int, list[Arrival]] = defaultdict(list)
        aside: dict[int, str] = {}
        named: list[Question] = []
        self._look_up({row[1] for row in rows})
        for id_, channel_id, kind, body, received_at in rows:
            desk = self._desks[channel_id]
            channel = desk.channel
            try:
                things = [check(thing) for thing in desk.network.translate(desk.account, kind, bytes(body))]
            except Unreadable as error:
                aside[id_] = str(error)
                continue
            except Exception as error:
                log.exception("the connector of %s failed in translating delivery %s", channel.network, id_)
                aside[id_] = _reason(error)
                continue
            into = arrivals[channel.brand_id]
            for thing in things:
                if isinstance(thing, Revoked):
                    _revoked(channel, thing)
                elif isinstance(thing, Named):
                    named.append(Question(channel_id=channel_id, key=thing.key))
                else:
                    self.lags.note(channel, thing, received_at)
                    into.append(Arrival(channel_id, channel.network, channel.realm, id_, received_at, thing))
        if named:
            Question.objects.bulk_create(named, ignore_conflicts=True)
        return arrivals, aside

    def _look_up(self, ids: set[int]) -> None:
        now = timezone.now()
        if self._known_at is None or now - self._known_at > timedelta(seconds=5):
            self._desks.clear()
            self._known_at = now
        missing = ids - self._desks.keys()
        for channel in Channel.objects.filter(pk__in=missing) if missing else ():
            # Reading what is here needs no credentials, so it goes on when they are gone or cannot be decrypted.
            self._desks[channel.pk] = Desk(channel, registry.network(channel.network), vault.named(channel))


def _absorb(arrivals: Mapping[int, Sequence[Arrival]]) -> None:
    now = timezone.now()
    ours = _own_accounts(arrivals)
    quiet = dict(Brand.objects.filter(pk__in=arrivals).values_list("pk", "quiet_days"))
    for brand_id in sorted(arrivals):
        absorb(brand_id, timedelta(days=quiet[brand_id]), ours[brand_id], arrivals[brand_id], now)


@transaction.atomic
def tell(channel: Channel, *things: Incoming) -> None:
    """What we know of a network by our own doing takes effect as if the network had told us."""
    now = timezone.now()
    arrivals = [Arrival(channel.pk, channel.network, channel.realm, None, now, thing) for thing in things]
    _absorb({channel.brand_id: arrivals})


def _revoked(channel: Channel, word: Revoked) -> None:
    """The network says that its owner took our permission back. A word from before somebody gave it anew is old."""
    standing = Channel.objects.connected().filter(pk=channel.pk, unauthorised_at=None, connected_at__lt=word.at)
    standing.update(unauthorised_at=timezone.now(), trouble=_plain(word.detail)[:1000], trouble_since=timezone.now())


def _go_by_keys() -> None:
    """Everything that reading looks up has an index. A session plans its checks of foreign keys once, and what it
    plans while a table is nearly empty would read the whole table, row by row, until statistics are there."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def _claim(limit: int, only: int | None = None) -> list[Row]:
    """The oldest unread deliveries that no other reader holds, held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, channel_id, kind, body, received_at FROM channels_delivery
                WHERE read_at IS NULL AND set_aside_at IS NULL {"" if only is None else "AND id = %(only)s"}
                ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED""",
            {"limit": limit, "only": only},
        )
        return list(cursor.fetchall())


def _plain(words: str) -> str:
    return words.replace("\x00", "").encode(errors="replace").decode()


def _reason(error: Exception) -> str:
    """A failure of ours in words, for whoever mends it and runs the delivery again. Later lines quote the row."""
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _finish(rows: Sequence[Row], aside: Mapping[int, str]) -> None:
    read = [row[0] for row in rows if row[0] not in aside]
    with connection.cursor() as cursor:
        if read:
            cursor.execute("UPDATE channels_delivery SET read_at = now() WHERE id = ANY(%s)", [read])
        if aside:
            cursor.execute(
                """UPDATE channels_delivery d SET set_aside_at = now(), reason = w.reason
                   FROM unnest(%s::bigint[], %s::text[]) AS w(id, reason) WHERE d.id = w.id""",
                [list(aside), [_plain(reason)[:2000] for reason in aside.values()]],
            )


@transaction.atomic
def _set_aside(id_: int, reason: str) -> None:
    rows = _claim(1, id_)
    _finish(rows, {row[0]: reason for row in rows})


def _own_accounts(brands: Iterable[int]) -> dict[int, dict[tuple[str, str], int]]:
    """The brand's own accounts: whose posts are ours."""
    found: dict[int, dict[tuple[str, str], int]] = {brand: {} for brand in brands}
    channels = Channel.objects.filter(brand__in=found).values_list("brand_id", "realm", "key", "pk")
    for brand, realm, key, pk in channels:
        found[brand][(realm, key)] = pk
    return found


def set_aside(agent: Agent, brand: Brand | None = None) -> QuerySet[Delivery]:
    """The deliveries that could not be read, newest first, of the brands that this agent works for."""
    aside = Delivery.objects.filter(set_aside_at__isnull=False, channel__brand__memberships__agent=agent)
    if brand is not None:
        aside = aside.filter(channel__brand=brand)
    return aside.select_related("channel").order_by("-id")


@transaction.atomic
def run_again(deliveries: QuerySet[Delivery]) -> int:
    """Put deliveries that were set aside back in the queue; returns how many."""
    again = Delivery.objects.filter(pk__in=deliveries.order_by().values("pk"), set_aside_at__isnull=False)
    count = again.update(set_aside_at=None, reason="")
    notify(KEPT, [""])
    return count
