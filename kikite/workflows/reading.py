"""Reading the networks: every channel is read by exactly one worker of the installation, and nothing is missed.

The lease is an advisory lock on the reader's database session: a worker that dies gives its channels back at once.
A stream is only a faster poll: whenever one begins, breaks or has run for a minute, a poll closes the gap.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from kikite.channels.models import Channel
from kikite.lib.secrets import CannotDecrypt
from kikite.networks import registry
from kikite.networks.contract import Connection, NetworkTrouble, RateLimited, Unauthorised, Unreachable

from . import asking, chores, renewing, spending
from .abilities import able
from .metering import ChannelMeter
from .receive import keep

log = logging.getLogger(__name__)

LEASE_LOCK = 0x4B524541
EARS_LOCK = 0x4B454152
LOOK = 2.0  # seconds between looks for channels that nobody reads
LONGEST_REST = 60.0
LONGEST_LIMIT = 900.0  # the longest window of a rate limit on reading that any network has
CATCH_UP = 60.0  # seconds between two polls beside a stream
WITHOUT_STREAM = 300.0  # seconds of polling before a stream that did not begin is tried again


class Readers:
    """The channels that this worker reads, one thread each, and one more for each that has listeners on a stream."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self._threads: dict[tuple[type[ChannelReader], int], threading.Thread] = {}

    def run(self) -> None:
        """Start a reader for every connected channel that has none here; its lease decides whether it may read."""
        while not self.stop.is_set():
            try:
                self._look(ChannelReader, Channel.objects.connected())
                self._look(ChannelEars, Channel.objects.connected().exclude(listeners=None))
            except Exception:
                log.exception("looking for channels failed; trying again")
                connection.close()
            self.stop.wait(LOOK)

    def _look(self, kind: type[ChannelReader], channels: QuerySet[Channel]) -> None:
        for pk in channels.values_list("pk", flat=True):
            thread = self._threads.get((kind, pk))
            if thread is None or not thread.is_alive():
                self._threads[kind, pk] = self._start(kind, pk)

    def _start(self, kind: type[ChannelReader], pk: int) -> threading.Thread:
        thread = threading.Thread(target=kind(pk, self.stop).run, name=f"{kind.__name__}-{pk}", daemon=True)
        thread.start()
        return thread


class ChannelReader:
    """Reads one channel for as long as it holds the lease and the channel is connected."""

    lease = LEASE_LOCK

    def __init__(self, channel_id: int, stop: threading.Event) -> None:
        self.channel_id = channel_id
        self.stop = stop
        self.failures = 0
        self.stream_after = 0.0
        self.broken_streams = 0

    def run(self) -> None:
        try:
            if self._lease():
                while not self.stop.is_set() and (channel := self._channel()):
                    self._read(channel)
        except Exception:
            log.exception("reading channel %s stopped; it is taken up again", self.channel_id)
        finally:
            connection.close()

    def _lease(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [self.lease, self.channel_id])
            return bool(cursor.fetchone()[0])

    def _channel(self) -> Channel | None:
        return Channel.objects.connected().filter(pk=self.channel_id).first()

    def _read(self, channel: Channel) -> None:
        """One turn: a stream until it breaks, or one poll and the rest after it."""
        try:
            if channel.unauthorised_at is not None:
                self._pause(channel, LOOK)
                return
            account = renewing.fresh(channel)
            network = registry.network(channel.network)
            with network.connect(account, meter=ChannelMeter(channel)) as link:
                try:
                    self._turn(channel, link)
                finally:
                    renewing.keep_renewed(channel, link)
        except RateLimited as limit:
            self._wait(channel, limit)
        except (NetworkTrouble, CannotDecrypt) as trouble:
            if not (isinstance(trouble, Unauthorised) and renewing.rescued(channel)):
                self._trouble(channel, trouble, str(trouble))
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("the connector of %s failed in reading", channel.network)
            self._trouble(channel, error, f"Reading failed: {type(error).__name__}")

    def _turn(self, channel: Channel, link: Connection) -> None:
        self._catch_up(channel, link)
        if self._streams(channel):
            self._stream(channel, link)
        else:
            self._rest(channel, link)

    def _streams(self, channel: Channel) -> bool:
        """Whether to read by a stream now: not where webhooks come, and not soon after a stream failed."""
        reads_by = able(channel).reads_by
        return "stream" in reads_by and not channel.settings.get("webhook") and time.monotonic() > self.stream_after

    def _catch_up(self, channel: Channel, link: Connection) -> None:
        """Poll until nothing more is there; the cursor is kept together with what it stands for."""
        more = True
        while more and not self.stop.is_set():
            page = link.poll(channel.cursor)
            keep(channel, page.deliveries, page.cursor, page.gap)
            more = page.more and page.cursor != channel.cursor
            channel.cursor = page.cursor
        renewing.keep_renewed(channel, link)
        self._well(channel)
        chores.do(channel, link)

    def _stream(self, channel: Channel, link: Connection) -> None:
        """Follow the stream. Where there is none, or it breaks at once, polling alone reads the channel for a while."""
        began = time.monotonic()
        try:
            self._follow(channel, link)
        except Unreachable as trouble:
            log.info("%s %s has no stream now (%s); polling", channel.network, channel.handle, trouble)
        now = time.monotonic()
        self.broken_streams = 0 if now - began > LOOK else self.broken_streams + 1
        self.stream_after = now + min(2.0 ** min(self.broken_streams, 10) - 1, WITHOUT_STREAM)

    def _follow(self, channel: Channel, link: Connection) -> None:
        caught_up = looked = -math.inf
        for delivery in link.stream():
            if delivery is not None:
                keep(channel, [delivery])
            now = time.monotonic()
            if now - caught_up > CATCH_UP:
                self._catch_up(channel, link)
                caught_up = now
            if now - looked > LOOK:
                if self._channel_changed(channel) or renewing.due(channel):
                    return
                looked = now
            if self.stop.is_set():
                return

    def _rest(self, channel: Channel, link: Connection) -> None:
        """Until the next poll; longer when the day's budget is used up, and where webhooks come."""
        every = able(channel).poll_every
        if self.broken_streams:
            every = min(every, max(self.stream_after - time.monotonic(), 1.0))
        if channel.settings.get("webhook"):
            every *= 4
        if spending.reading_slows(channel.pk):
            every = max(every, spending.SLOWLY)
        self._pause(channel, every, resting=True)

    def _pause(self, channel: Channel, seconds: float, *, resting: bool = False) -> None:
        """Wait, but not a moment longer than the channel stays as it is: who connects it anew wants to see it work.
        `resting`: nothing is wrong, and what was named meanwhile is asked for at once."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self.stop.wait(min(left, LOOK)) or self._channel_changed(channel):
                return
            if resting and able(channel).refreshes and asking.wait(channel):
                return

    def _channel_changed(self, channel: Channel) -> bool:
        """Connected anew or disconnected: the credentials at hand are the old ones."""
        now = Channel.objects.filter(pk=channel.pk).values("secrets", "disconnected_at").first()
        return now is None or bytes(now["secrets"]) != bytes(channel.secrets) or now["disconnected_at"] is not None

    def _well(self, channel: Channel) -> None:
        self.failures = 0
        if channel.trouble or channel.read_after:
            channel.trouble, channel.read_after = "", None
            Channel.objects.filter(pk=channel.pk).update(trouble="", trouble_since=None, read_after=None)

    def _wait(self, channel: Channel, limit: RateLimited) -> None:
        """A limit is used up: no trouble, as long as the page says until when reading waits."""
        now = timezone.now()
        seconds = self._how_long(limit, now)
        channel.read_after = now + timedelta(seconds=seconds)
        log.info("%s %s: reading waits %.0f s: %s", channel.network, channel.handle, seconds, limit)
        Channel.objects.filter(pk=channel.pk).update(read_after=channel.read_after)
        self._pause(channel, seconds)

    def _trouble(self, channel: Channel, trouble: Exception, words: str) -> None:
        """Say it, wait as long as the network asks or longer each time, and try again for ever."""
        self.failures += 1
        now = timezone.now()
        channel.trouble = words.replace("\x00", "")[:1000] or type(trouble).__name__
        log.warning("%s %s: %s", channel.network, channel.handle, channel.trouble)
        # Of old credentials we hear nothing that matters: somebody has just given new ones.
        same = Channel.objects.filter(pk=channel.pk, secrets=bytes(channel.secrets))
        same.update(trouble=channel.trouble, trouble_since=Coalesce(F("trouble_since"), now))
        if isinstance(trouble, Unauthorised):
            same.filter(unauthorised_at=None).update(unauthorised_at=now)
        self._pause(channel, self._how_long(trouble, now))

    def _how_long(self, trouble: Exception, now: datetime) -> float:
        if isinstance(trouble, RateLimited) and trouble.until:
            self.failures = 0
            return min(max((trouble.until - now).total_seconds(), 1.0), LONGEST_LIMIT)
        longest: float = min(2.0 ** min(self.failures, 10) / 2, LONGEST_REST)
        return longest * random.uniform(0.7, 1.0)


class ChannelEars(ChannelReader):
    """Hears what everybody says that fits the channel's listeners, where the network streams it."""

    lease = EARS_LOCK

    def _turn(self, channel: Channel, link: Connection) -> None:
        queries = chores.queries(channel)
        if "stream" not in able(channel).searches or not queries:
            self._pause(channel, CATCH_UP)
            return
        looked = time.monotonic()
        for delivery in link.listen(queries):
            if delivery is not None:
                keep(channel, [delivery])
            if time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                if self.stop.is_set() or self._channel_changed(channel) or chores.queries(channel) != queries:
                    return
        self._pause(channel, LOOK)

    def _trouble(self, channel: Channel, trouble: Exception, words: str) -> None:
        """The channel itself is read by somebody else, who says how it is."""
        self.failures += 1
        chores.listeners_say(channel, words)
        self._pause(channel, self._how_long(trouble, timezone.now()))

    def _wait(self, channel: Channel, limit: RateLimited) -> None:
        self._trouble(channel, limit, str(limit))
