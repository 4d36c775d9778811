"""The deadline holds against servers that trickle, and says whether a request can have left."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from kikite.lib.http import DeadlineTransport, TooLarge, call


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server whose one connection is handled by `answer` after the request came."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    answer(connection)
            except OSError:
                return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    thread.join(5)


def fetch(url: str, seconds: float = 5.0, limit: int = 1000) -> bytes:
    with httpx.Client(transport=DeadlineTransport(seconds)) as client:
        return call(client, client.build_request("GET", url), limit=limit).body


def trickle(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.05)  # the pace of the server under test, not a wait for luck


def test_an_answer_comes_whole() -> None:
    with serving(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as url:
        assert fetch(url) == b"ok"


def test_a_server_that_trickles_is_left_at_the_deadline() -> None:
    with serving(trickle) as url:
        begun = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            fetch(url, seconds=0.4)
        assert time.monotonic() - begun < 1.5


def test_a_refused_connection_says_that_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        fetch(f"http://127.0.0.1:{port}/")


def test_a_connection_that_closes_without_an_answer_is_a_protocol_error() -> None:
    with serving(lambda _connection: None) as url, pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        fetch(url)


def test_a_large_answer_is_refused() -> None:
    with (
        serving(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000)) as url,
        pytest.raises(TooLarge),
    ):
        fetch(url, limit=4999)


def test_broken_compression_is_a_read_error() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
    with serving(lambda c: c.sendall(head + b"nope")) as url, pytest.raises(httpx.ReadError):
        fetch(url)
