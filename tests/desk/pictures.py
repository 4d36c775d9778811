"""A network's picture server: one screenshot and everybody's face, drawn here."""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WIDTH, HEIGHT = 480, 300
_CARD = """<rect x="20" y="{y}" width="440" height="96" rx="8" fill="#fff"/>
<text x="40" y="{first}" font-size="22" font-weight="700" fill="{ink}">{flight}</text>
<text x="40" y="{second}" font-size="16" fill="{ink}">{words}</text>"""
_SHOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300" width="480" height="300" font-family="sans-serif">'
    '<rect width="480" height="300" fill="#eef3f8"/><rect width="480" height="52" fill="#17406b"/>'
    '<text x="20" y="33" fill="#fff" font-size="18" font-weight="700">Tsubame Air</text>'
    + _CARD.format(
        y=72, first=108, second=140, ink="#1a1b1d", flight="TA 318, 18:25 - 20:10", words="12 October, 3 seats left"
    )
    + _CARD.format(y=184, first=220, second=252, ink="#8b8d91", flight="TA 306, 15:05 - 16:50", words="Your booking")
    + "</svg>"
)


def _face(name: str) -> str:
    hue = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 360
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" fill="hsl({hue} 30% 78%)"/>'
        f'<circle cx="32" cy="25" r="12" fill="hsl({hue} 30% 42%)"/>'
        f'<path d="M8 64c2-18 12-24 24-24s22 6 24 24z" fill="hsl({hue} 30% 42%)"/></svg>'
    )


def png(width: int = 2, height: int = 2) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


class _Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, kind = self._picture()
        self.send_response(200 if body else 404)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _picture(self) -> tuple[bytes, str]:
        if self.path == "/shot.svg":
            return _SHOT.encode(), "image/svg+xml"
        if self.path == "/grey.png":
            return png(), "image/png"
        if self.path == "/bomb.png":
            return png()[:16] + struct.pack(">II", 60_000, 60_000) + png()[24:], "image/png"
        if self.path == "/liar.png":
            return b"<script>alert(1)</script>", "image/png"
        if self.path == "/page.html":
            return b"<script>alert(1)</script>", "text/html"
        if self.path.startswith("/face/"):
            return _face(self.path).encode(), "image/svg+xml"
        return b"", "text/plain"

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def picture_server() -> Iterator[str]:
    """Serve the pictures; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
