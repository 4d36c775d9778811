"""Links are looked at by a worker, once for everybody, and only a page that is surely gone is dead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.utils import timezone

from kikite.playbooks import links
from kikite.playbooks.models import Link


class Site(BaseHTTPRequestHandler):
    """Answers with the status that the path names; /moved leads to /404."""

    def do_GET(self) -> None:
        status = int(self.path.strip("/")) if self.path != "/moved" else 302
        self.send_response(status)
        if self.path == "/moved":
            self.send_header("Location", "/404")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@contextmanager
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "dead"), [("200", False), ("404", True), ("410", True), ("403", False), ("500", False), ("moved", True)]
)
def test_only_what_is_surely_gone_is_dead(db: None, path: str, dead: bool) -> None:
    with site() as host:
        address = f"http://{host}/{path}"
        assert links.unknown([address]) == [address]
        assert links.standing([address]) == (set(), True)
        links.look(address, trusted=host)
        assert links.standing([address]) == ({address} if dead else set(), False)


def test_nobody_is_asked_inside_our_own_network(db: None) -> None:
    with site() as host:
        address = f"http://{host}/404"
        links.unknown([address])
        links.look(address)
        assert links.standing([address]) == (set(), False)


def test_a_link_is_asked_for_once_and_again_when_it_is_old(db: None) -> None:
    address = "https://tsubame.example/help"
    assert links.unknown([address, address]) == [address]
    assert links.unknown([address]) == []
    old = timezone.now() - links.FRESH - timedelta(minutes=1)
    Link.objects.update(asked_at=old, looked_at=old, dead=True)
    assert links.unknown([address]) == [address]
    assert links.standing([address]) == ({address}, True)
    Link.objects.update(asked_at=timezone.now() - links.KEPT - timedelta(minutes=1))
    links.forget()
    assert not Link.objects.exists()
