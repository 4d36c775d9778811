"""`python -m tests.benchmarks.caller PORT PATH SECRET SECONDS`: make signed calls, print what became of them as JSON.

HTTP is spoken by hand: a client library would take processor time that the measured server needs. Calls are made in
advance for the same reason.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from datetime import UTC, datetime

from kikite.networks.practice.signing import SIGNATURE, sign, wrap

from .posting import event

LINES = 32
READY = 60_000  # calls made in advance: more than any machine answers in the time
WARM = 1.0  # seconds before the clock starts


class Line(asyncio.Protocol):
    """One connection: the next call goes out when the last one was answered."""

    def __init__(self, calls: deque[bytes], waits: list[tuple[float, float]]) -> None:
        self.calls = calls
        self.waits = waits
        self.transport: asyncio.Transport | None = None
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 200"):
            print(f"a call was not taken: {data!r}", file=sys.stderr)
            sys.exit(1)
        now = time.perf_counter()
        self.waits.append((now, now - self.began))
        self._next()

    def _next(self) -> None:
        if self.calls and self.transport:
            self.began = time.perf_counter()
            self.transport.write(self.calls.popleft())


async def main(port: int, path: str, secret: str, seconds: float) -> None:
    calls = deque(_call(path, secret, number) for number in range(READY))
    waits: list[tuple[float, float]] = []
    loop = asyncio.get_running_loop()
    for _ in range(LINES):
        await loop.create_connection(lambda: Line(calls, waits), "127.0.0.1", port)
    await asyncio.sleep(WARM)
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    ended = time.perf_counter()
    calls.clear()
    counted = [wait for at, wait in waits if begun <= at <= ended]
    said = {"taken": len(counted), "seconds": ended - begun, "waits": [round(wait * 1000, 2) for wait in counted]}
    print(json.dumps(said))


def _call(path: str, secret: str, number: int) -> bytes:
    body = wrap([event(number)], datetime.now(UTC))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{SIGNATURE}: {sign(secret, body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])))
