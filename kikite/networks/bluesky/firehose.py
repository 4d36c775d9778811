"""The firehose: every commit of a server's repositories, numbered (`com.atproto.sync.subscribeRepos`).

It is how a server without an app view is read. Each operation that concerns us becomes one delivery. Deletions name
nothing but an address, so those of all posts are given on: on a server of its own there are few.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..contract import Delivery, Unreachable
from . import frames, raw, sockets
from .people import People
from .raw import Json
from .threads import Threads

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

QUIET = 0.5  # seconds without a frame after which the past has been told, beside what connecting took
HEARTBEAT = 5.0  # so that private messages, which are only told when asked for, wait no longer
PAGE = 500


class FutureCursor(Exception):
    """The server's numbers are lower than ours: it began to count anew."""


class Reading:
    """What one look at the firehose brought: deliveries, the last frame's number and time, and whether more waits.

    `outdated`: the server no longer holds everything since the number that we asked for.
    """

    def __init__(self, seq: int, at: str) -> None:
        self.seq = seq
        self.at = at
        self.began = ""  # the time of the first frame
        self.deliveries: list[Delivery] = []
        self.outdated = False
        self.more = False


class Firehose:
    """One server's firehose as `us` (a DID) reads it."""

    def __init__(self, origin: str, us: str, people: People, threads: Threads, timeout: float) -> None:
        self._address = sockets.firehose(origin)
        self._wanted = frames.for_us(us)
        self._people = people
        self._threads = threads
        self._timeout = timeout

    def past(self, seq: int, at: str) -> Reading:
        """What came after the frame `seq` of the time `at`. Raises FutureCursor, NetworkTrouble.

        The server does not say when its past is told; it is when a frame is younger than our question or when none
        comes for a while. Stopping too early misses nothing: the next look goes on after the last frame.
        """
        began = datetime.now(UTC)
        reading = Reading(seq, at)
        with sockets.opened(self._at(seq), self._timeout) as socket:
            patience = QUIET + 2 * (datetime.now(UTC) - began).total_seconds()
            while (data := _next(socket, patience)) is not None:
                self._take(data, reading)
                seen = raw.maybe_time({"time": reading.at}, "time")
                if len(reading.deliveries) >= PAGE:
                    reading.more = True
                    break
                if seen is not None and seen >= began:
                    break
        return reading

    def live(self, seq: int | None) -> Iterator[Delivery | None]:
        """Deliveries as they come (after the frame `seq`, if told); None at once, and when nothing came for a while."""
        reading = Reading(seq or 0, "")
        with sockets.opened(self._at(seq), self._timeout) as socket:
            told = time.monotonic()
            yield None
            while True:
                data = _next(socket, HEARTBEAT)
                if data is not None:
                    self._take(data, reading)
                yield from reading.deliveries
                if reading.deliveries or time.monotonic() - told >= HEARTBEAT:
                    told = time.monotonic()
                    yield None
                reading.deliveries.clear()

    def _at(self, seq: int | None) -> str:
        return self._address if seq is None else f"{self._address}?cursor={seq}"

    def _take(self, data: bytes, reading: Reading) -> None:
        """Add what one frame brings. A frame that cannot be decoded is kept whole, to be set aside and looked at."""
        try:
            frame = frames.read(data, self._wanted)
        except ValueError as error:
            reading.deliveries.append(_broken(data, error))
            return
        if frame.error:
            raise FutureCursor if "FutureCursor" in frame.error else Unreachable(f"the firehose says {frame.error}")
        if frame.renamed:
            self._people.forget(frame.did)
        reading.outdated |= frame.info == "OutdatedCursor"
        reading.seq = frame.seq or reading.seq
        reading.at = frame.time or reading.at
        reading.began = reading.began or frame.time
        for told in frame.operations:
            if told["action"] == "delete" or self._threads.concern_us(frame.did, told["record"]):
                reading.deliveries.append(delivery(told, self._people))


def delivery(told: Json, people: People) -> Delivery:
    """One operation with its author. The same record has the same key however we came to know of it."""
    uri = f"at://{told['repo']}/{told['path']}"
    mark = told["rev"]
    if told["action"] != "delete":
        told = told | {"author": people.one(told["repo"])}
        mark = told["cid"]
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    return Delivery(f"{told['action']} {uri} {mark}", "commit", body)


def _next(socket: ClientConnection, patience: float) -> bytes | None:
    data = sockets.following(socket, patience)
    return data.encode() if isinstance(data, str) else data


def _broken(data: bytes, error: Exception) -> Delivery:
    kept = {"error": str(error)[:500], "bytes": base64.b64encode(data[:200_000]).decode()}
    return Delivery(f"frame {hashlib.sha256(data).hexdigest()}", "frame", json.dumps(kept).encode())
