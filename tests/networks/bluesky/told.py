"""A small AT Protocol server that answers what a test wrote down: for answers that a real one seldom gives."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kikite.networks.base import UNMETERED
from kikite.networks.bluesky import network
from kikite.networks.contract import Account, Connection, Meter

US = "did:plc:us"
THEM = "did:plc:them"
TOKENS = {"access": "access-1", "refresh": "refresh-1"}

type Query = dict[str, list[str]]
type Body = Any | Callable[[Query], Any]


@dataclass(frozen=True)
class Asked:
    method: str
    query: Query
    body: Any
    token: str
    proxy: str = ""


@dataclass
class Told:
    """`answers` by method, each list's last one for ever; anything else is 501, as a server says that knows it not."""

    url: str = ""
    answers: dict[str, list[tuple[int, Body, dict[str, str]]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def says(self, method: str, status: int = 200, body: Body = None, **headers: str) -> None:
        """Add an answer to `method` (the last word of its name is enough). Header names are written with _."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(method, []).append((status, body, named))

    def answer(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        self.asked.append(asked)
        answers = self.answers.get(asked.method.rpartition(".")[2])
        if not answers:
            return 501, b'{"error":"MethodNotImplemented","message":"Method Not Implemented"}', {}
        status, body, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        content = body(asked.query) if callable(body) else body
        return status, content if isinstance(content, bytes) else json.dumps(content).encode(), headers

    def methods(self) -> list[str]:
        return [asked.method.rpartition(".")[2] for asked in self.asked]

    def account(self, reads: str = "notifications", secrets: Mapping[str, str] = TOKENS, chat: str = "") -> Account:
        """`chat` is the service for private messages, where there is one."""
        known = {"handle": "brand.test", "app_password": "pass-word", **TOKENS, **secrets}
        return Account(
            US, "brand.test", self.url, {k: v for k, v in known.items() if v}, {"reads": reads, "chat": chat}
        )

    @contextmanager
    def connected(
        self,
        reads: str = "notifications",
        secrets: Mapping[str, str] = TOKENS,
        chat: str = "",
        meter: Meter = UNMETERED,
    ) -> Iterator[Connection]:
        """Signed in; an empty secret is one that is not known."""
        with network.connect(self.account(reads, secrets, chat), timeout=5.0, meter=meter) as connection:
            yield connection


@contextmanager
def told() -> Iterator[Told]:
    server_told = Told()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # headers and body in one packet: in two, the second waits 40 ms for the first one's receipt

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = urlsplit(self.path)
            body = json.loads(content) if self.headers.get("Content-Type") == "application/json" else content
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            proxy = self.headers.get("atproto-proxy", "")
            asked = Asked(url.path.removeprefix("/xrpc/"), parse_qs(url.query), body, token, proxy)
            status, answer, headers = server_told.answer(asked)
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server_told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server_told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
