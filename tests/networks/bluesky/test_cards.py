"""Link cards: what a page says of itself, and every way in which it may say nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.bluesky import cards
from kikite.networks.bluesky.cards import Card, look

HEAD = b"<html><head><title> Late\n flights </title><meta name=description content='What you get'></head><body>x"
OPEN_GRAPH = (
    '<head><meta property="og:title" content="遅延証明 &amp; 返金"><meta property="og:description" content="手続き">'
    "<title>Other</title>"
).encode()

type Page = tuple[int, dict[str, str], bytes]


@pytest.fixture
def site() -> Iterator[Callable[[Page], str]]:
    """Serves one page at any address; gives the address."""
    pages: list[Page] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = pages[-1]
            self.send_response_only(status)
            for name, value in {"content-type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()

    def serves(page: Page) -> str:
        pages.append(page)
        return f"127.0.0.1:{server.server_port}"

    yield serves
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("page", "card"),
    [
        ((200, {}, HEAD), Card("Late flights", "What you get")),
        ((200, {}, OPEN_GRAPH), Card("遅延証明 & 返金", "手続き")),
        (
            (200, {"content-type": "text/html; charset=shift_jis"}, "<title>遅延</title>".encode("shift_jis")),
            Card("遅延", ""),
        ),
        ((200, {"content-type": "text/html; charset=klingon"}, b"<title>Late</title>"), Card("Late", "")),
        ((200, {}, b"<title>Late</title>" + b"x" * 3_000_000), Card("Late", "")),
        ((200, {}, b"x" * 3_000_000 + b"<title>Late</title>"), None),
        ((200, {}, b"<title></title>"), None),
        ((200, {}, b"\xff\xfe\x00<"), None),
        ((200, {"content-type": "application/pdf"}, HEAD), None),
        ((404, {}, HEAD), None),
        ((200, {"content-encoding": "gzip"}, b"no gzip"), None),
        ((302, {"location": "/again"}, b""), None),  # for ever
        ((302, {"location": "http://10.0.0.1/secret"}, b""), None),
    ],
)
def test_what_a_page_says(site: Callable[[Page], str], page: Page, card: Card | None) -> None:
    host = site(page)
    assert look(f"http://{host}/refunds", trusted=host) == card


@pytest.mark.parametrize(
    "link",
    [
        "http://localhost:1/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://",
        "ftp://example.com",
        "https://:x",
    ],
)
def test_where_we_never_go(link: str) -> None:
    assert look(link) is None


def test_our_own_network_is_closed(site: Callable[[Page], str]) -> None:
    assert look(f"http://{site((200, {}, HEAD))}/") is None


def test_a_page_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        started = time.monotonic()
        assert look(f"http://{host}/", trusted=host) is None
        assert time.monotonic() - started < 3


@given(st.text(max_size=300))
def test_any_page_is_read(page: str) -> None:
    card = cards._described(page)
    assert card is None or card.title


PIECES = ["<title>", "<meta ", "property=og:title ", 'content="a"', 'content="', "<!--", "<![", "&#x110000;", "x", ">"]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_broken_markup_is_read(pieces: list[str]) -> None:
    card = cards._described("".join(pieces))
    assert card is None or card.title
