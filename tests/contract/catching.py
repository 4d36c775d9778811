"""Where a network's webhook calls end in the tests: a server on this machine that keeps each as it came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from kikite.networks.contract import BadSignature, Handshake

type Headers = Mapping[str, str]


class Catcher:
    """Answers the network's question whether the address is ours, and keeps what it is called with."""

    def __init__(self, answer: Callable[[Mapping[str, str]], Handshake]) -> None:
        self._calls: list[tuple[Headers, bytes]] = []
        catcher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    told = answer(dict(parse_qsl(urlsplit(self.path).query)))
                except BadSignature:
                    self._say(401, b"", "text/plain")
                else:
                    self._say(200, told.body, told.mime)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                catcher._calls.append((headers, body))
                self._say(200, b"", "text/plain")

            def _say(self, status: int, body: bytes, mime: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", mime)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said: object) -> None:
                """The calls speak for themselves."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def calls(self) -> list[tuple[Headers, bytes]]:
        return list(self._calls)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
