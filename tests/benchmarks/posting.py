"""Posts as the practice network's signed webhook calls, at a steady rate."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import orjson

from kikite.networks.practice.signing import SIGNATURE, sign, wrap

LINES = 16  # kept-alive connections, as a network's senders have

type Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Poster:
    """Posts by strangers, one to a call. `sent` is when each was posted, in seconds since 1970.

    HTTP is spoken by hand: a client library would take processor time that the measured server needs.
    """

    def __init__(self, address: str, hook: str, secret: str, first: int) -> None:
        self.host, _, port = address.removeprefix("http://").partition(":")
        self.port = int(port)
        self.hook = hook
        self.secret = secret
        self.first = first
        self.sent: dict[int, float] = {}
        self.behind = 0.0
        self._free: asyncio.Queue[Line] = asyncio.Queue()

    async def post(self, rate: int, seconds: int) -> None:
        """`rate` posts a second. Raises RuntimeError when one is not taken."""
        for _ in range(LINES):
            self._free.put_nowait(await asyncio.open_connection(self.host, self.port))
        loop = asyncio.get_running_loop()
        begun, calls = loop.time(), []
        for number in range(rate * seconds):
            due = begun + number / rate
            await asyncio.sleep(due - loop.time())
            self.behind = max(self.behind, loop.time() - due)
            calls.append(asyncio.create_task(self._post(self.first + number)))
        await asyncio.gather(*calls)
        while not self._free.empty():
            self._free.get_nowait()[1].close()

    async def _post(self, number: int) -> None:
        """The clock starts before a line is free: what waits for an answer to another post waits here as well."""
        self.sent[number] = time.time()
        body = wrap([event(number)], datetime.now(UTC))
        reader, writer = await self._free.get()
        writer.write(
            f"POST {self.hook} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{SIGNATURE}: {sign(self.secret, body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200") or b"content-length: 0\r\n" not in head.lower():
            raise RuntimeError(f"a post was not taken: {head!r}")
        self._free.put_nowait((reader, writer))


def event(number: int) -> bytes:
    """A post of a stranger, as the practice network tells of it."""
    at = datetime.now(UTC).isoformat()
    stranger = {"id": f"s{number}", "handle": f"stranger{number}", "name": f"Stranger {number}", "followers": 12}
    data = {
        "id": str(10**6 + number), "author": stranger, "at": at, "lang": "en", "media": [], "mentions": ["air"],
        "text": f"post {number}: @air my bag did not arrive and nobody at the desk knows where it is",
        "url": f"http://practice.invalid/posts/{number}",
    }  # fmt: skip
    return orjson.dumps({"id": f"e{number}", "type": "post.created", "at": at, "data": data})
