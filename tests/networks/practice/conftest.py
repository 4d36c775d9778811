"""A practice server of each kind, started once for the tests of one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

import httpx
import pytest

from kikite.networks.contract import Account
from tests.contract.practice_stage import BRAND, PracticeServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    server = PracticeServer(tmp_path_factory.mktemp("practice"), "--rate", "0")
    server.start()
    yield server
    server.close()


@pytest.fixture
def brand(server: PracticeServer) -> Account:
    """The airline, with no fault waiting for it."""
    server.admin("DELETE", "/faults")
    return account_of(server)


def account_of(server: PracticeServer, handle: str = BRAND) -> Account:
    made = server.admin("POST", "/brands", handle=handle, name="Tsubame Air", terms=["Tsubame Air"])
    secrets = {"token": made["token"], "webhook_secret": made["webhook_secret"]}
    return Account(made["account"]["id"], handle, made["base_url"], secrets)


@pytest.fixture
def page(server: PracticeServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url) as client:
        yield client


@dataclass
class Receiver:
    """A webhook's other end: keeps every call, refuses the next `refusals`."""

    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refusals: int = 0
    changed: Condition = field(default_factory=Condition)
    url: str = ""

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.changed:
            if self.refusals:
                self.refusals -= 1
                return 500
            self.calls.append((headers, body))
            self.changed.notify_all()
            return 200

    def until(self, seen: Any) -> None:
        with self.changed:
            assert self.changed.wait_for(seen, 30), "the webhook was not called"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(receiver.take({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        served.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{served.server_address[1]}/hooks/practice/1"
        Thread(target=served.serve_forever, args=(0.05,), daemon=True).start()
        yield receiver
        served.shutdown()
