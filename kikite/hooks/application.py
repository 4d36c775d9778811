"""Where the networks call: signature first, then kept raw, then answered. Nothing is read here.

It stands before Django: a call needs no session, no form, no page, and a busy network makes thousands of them.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.db import close_old_connections, connections

from kikite.lib.secrets import CannotDecrypt
from kikite.networks.contract import BadSignature, Delivery
from kikite.workflows import calls
from kikite.workflows.calls import Disconnected, Kept, Line, Lines
from kikite.workflows.webhooks import PATH

from .collecting import Busy, Collector

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)

_HOOK = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
SMALL = 64 * 1024  # bytes whose signature is checked at once; what is larger goes to a thread meanwhile
HELD = 64 * 1024 * 1024  # bytes of calls that are held at the same time
_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told."""

    status: int
    body: bytes = b""
    mime: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _say(status: int, sentence: str, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status, sentence.encode() + b"\n", headers=headers)


NOBODY = _say(404, "There is no channel at this address.")
GONE = _say(410, "This channel was disconnected. Stop calling.")
LARGE = _say(413, "This is more than one call may hold. Nothing was kept.")
UNPROVEN = _say(401, "The signature is missing or wrong. Nothing was kept.")
UNASKED = _say(401, "This does not prove that it comes from the network.")
METHODS = _say(405, "GET and POST are what is answered here.", (b"allow", b"GET, POST"))
AWAY = _say(503, "Nothing was kept just now. Call again.", (b"retry-after", b"5"))
BUSY = _say(503, "Too much at once; nothing was kept of this. Call again.", (b"retry-after", b"1"))


class Gone(Exception):
    """The caller hung up."""


class Hooks:
    """The application that answers webhooks; everything else goes on to `app`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lines = Lines()
        self._collector = Collector(calls.keep)
        self._held = 0
        # Channels are looked up one at a time, apart from where what came is being kept.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hooks-lines")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PATH):
            await self._app(scope, receive, send)
            return
        try:
            answer = await self._answer(scope, path.removeprefix(PATH), receive)
        except Gone:
            return
        except Exception:
            log.exception("a call of a webhook failed")
            answer = AWAY
        await _send(send, answer)

    def close(self) -> None:
        """End its threads and their connections; nothing may be under way."""
        self._collector.close()
        self._thread.submit(connections.close_all)  # those of that thread
        self._thread.shutdown()

    async def _answer(self, scope: Scope, hook: str, receive: Receive) -> Answer:
        line = await self._line(hook) if _HOOK.fullmatch(hook) else None
        if line is None:
            return NOBODY
        if not line.connected:
            return GONE
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] == "GET":
            return _handshake(line, scope["query_string"])
        return await self._taken(line, headers, receive) if scope["method"] == "POST" else METHODS

    async def _line(self, hook: str) -> Line | None:
        known, line = self._lines.remembered(hook)
        return line if known else await self._apart(self._lines.at, hook)

    async def _taken(self, line: Line, headers: Mapping[str, str], receive: Receive) -> Answer:
        """One call with its body. What is signed but cannot be opened is kept as it came, to be set aside by the
        readers, so that nothing that a network said is lost."""
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:18]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return LARGE
        if self._held > HELD:
            return BUSY
        pieces: list[bytes] = []
        try:
            if not await self._read(receive, pieces):
                return LARGE
            return await self._kept(line, headers, b"".join(pieces))
        finally:
            self._held -= sum(map(len, pieces))

    async def _read(self, receive: Receive, pieces: list[bytes]) -> bool:
        """Read the body into `pieces`; False once it is more than a call may hold."""
        more, length = True, 0
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece = message.get("body", b"")
            pieces.append(piece)
            length += len(piece)
            self._held += len(piece)
            if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                return False
            more = message.get("more_body", False)
        return True

    async def _kept(self, line: Line, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            if len(body) <= SMALL:
                deliveries = calls.opened(line, headers, body)
            else:
                deliveries = await asyncio.to_thread(calls.opened, line, headers, body)
        except BadSignature as error:
            log.warning("a call to the webhook of %s was refused: %s", line.account.handle, error)
            return UNPROVEN
        rows = await self._rows(line, headers, body, deliveries)
        try:
            if rows:
                await self._collector.keep(rows)
        except Disconnected:
            return GONE
        except Busy:
            return BUSY
        return Answer(200)

    async def _rows(
        self, line: Line, headers: Mapping[str, str], body: bytes, deliveries: list[Delivery]
    ) -> list[Kept]:
        if not calls.for_others(line, deliveries):
            return [Kept(line.channel, raw) for raw in deliveries]
        return await self._apart(calls.sorted_out, self._lines, line, headers, body, deliveries)

    async def _apart[**P, T](self, does: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In the thread that looks channels up."""

        def work() -> T:
            close_old_connections()
            try:
                return does(*args, **kwargs)
            except CannotDecrypt:
                log.error("the credentials of a channel that is called open with none of the keys: kikite check")
                raise
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _handshake(line: Line, query: bytes) -> Answer:
    asked = {name: values[0] for name, values in parse_qs(query.decode("latin-1"), keep_blank_values=True).items()}
    try:
        said = line.network.handshake(line.account, asked)
    except BadSignature as error:
        log.warning("a question to the webhook of %s was refused: %s", line.account.handle, error)
        return UNASKED
    return Answer(200, said.body, said.mime)


async def _send(send: Send, answer: Answer) -> None:
    headers = [(b"content-length", str(len(answer.body)).encode()), *_HEADERS, *answer.headers]
    if answer.body:
        headers.append((b"content-type", answer.mime.encode("latin-1", "replace")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
