"""A small HTTP server that answers what a test wrote down: for answers that mastodon-mock never gives."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kikite.networks.contract import Account

ME = "109000000000000001"
MISSING: tuple[int, dict[str, str], bytes] = (404, {}, b'{"error":"Record not found"}')


@dataclass
class Canned:
    """`answers` by "METHOD path", with its query or for any: (status, headers, body); anything else is 404."""

    url: str = ""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, what: str, status: int, body: Any = None, **headers: str) -> None:
        """Header names are written with underscores."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[what] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)

    def account(self, **settings: object) -> Account:
        return Account(ME, "kikite_air@social.example", self.url, {"access_token": "t0ken"}, settings)


@contextmanager
def canned() -> Iterator[Canned]:
    told = Canned()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = f"{self.command} {self.path}"
            told.asked.append((asked, dict(self.headers), body))
            status, headers, content = told.answers.get(asked) or told.answers.get(asked.partition("?")[0]) or MISSING
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
