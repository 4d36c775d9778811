"""Calling other people's servers: one deadline over a whole exchange, and no answer larger than we asked for.

httpx bounds each step (connecting, one read) and starts its clock anew with every byte, so a server that trickles
holds a worker for ever, and a request given up for lost could still be on its way. Here the clock starts with the
request and every step gets only what is left of it; after it nothing more is read or written.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpcore
import httpx

MAX_BODY = 16 * 1024 * 1024
_PIECE = 64 * 1024  # written at once, so that the clock is looked at while a picture goes up


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes


class TooLarge(httpx.TransportError):
    """The answer is larger than it may be."""


def call(client: httpx.Client, request: httpx.Request, *, limit: int = MAX_BODY) -> Answer:
    """Send `request` and read at most `limit` bytes of its (decoded) answer. Raises httpx.TransportError."""
    response = client.send(request, stream=True)
    try:
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:18]) > limit:
            raise TooLarge(f"The answer is larger than {limit} bytes.", request=request)
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > limit:
                raise TooLarge(f"The answer is larger than {limit} bytes.", request=request)
        return Answer(response.status_code, response.headers, bytes(body))
    except httpx.DecodingError as error:
        raise httpx.ReadError(f"The answer's compression is broken: {error}", request=request) from error
    finally:
        response.close()


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """The trusted roots, loaded once: a context takes tens of milliseconds and about a megabyte."""
    return httpx.create_ssl_context()


class DeadlineTransport(httpx.BaseTransport):
    """A transport whose every exchange ends within `seconds` of its start. For one thread at a time."""

    def __init__(self, seconds: float, *, public_only: bool = False, trusted: str = "") -> None:
        """`public_only` refuses addresses inside our own network, unless the host is `trusted` ("host:port")."""
        self._clock = _Clock(seconds)
        backend = _Backend(self._clock, public_only=public_only, trusted=trusted)
        self._pool = httpcore.ConnectionPool(ssl_context=ssl_context(), network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        self._clock.start()
        with _as_httpx(request):
            response = self._pool.handle_request(_to_core(request))
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream, response, request),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Clock:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = 0.0

    def start(self) -> None:
        self._ends = time.monotonic() + self._seconds

    def left(self, error: type[httpcore.TimeoutException]) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise error(f"no whole answer within {self._seconds:g} s")
        return left


class _Backend(httpcore.NetworkBackend):
    def __init__(self, clock: _Clock, *, public_only: bool, trusted: str) -> None:
        self._clock = clock
        self._public_only = public_only
        self._trusted = trusted
        self._sync = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if self._public_only and f"{host}:{port}" != self._trusted:
            host = _public_address(host, port)
        left = self._clock.left(httpcore.ConnectTimeout)
        return _Stream(self._sync.connect_tcp(host, port, left, local_address, socket_options), self._clock)


def _public_address(host: str, port: int) -> str:
    """The address to connect to, looked up once, so that the name cannot mean another machine a moment later."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"{host} cannot be looked up: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise httpcore.ConnectError(f"{host} is not an address on the public internet")
    return addresses[0]


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], self._clock.left(httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._clock.left(httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], response: httpcore.Response, request: httpx.Request) -> None:
        self._chunks = chunks
        self._response = response
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._chunks

    def close(self) -> None:
        self._response.close()


def _to_core(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """httpcore's errors have httpx's names; callers know only httpx."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        name = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise name(str(error) or type(error).__name__, request=request) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error), request=request) from error
