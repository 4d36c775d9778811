"""Static files, straight from the packages' `static` folders: no build step and no second server.

`{% static %}` puts the content's hash behind the name, so browsers keep such a file for ever. What is asked for
without a hash (a module that imports another) is asked about each time and answered with "not modified".
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.exceptions import SuspiciousFileOperation

type Scope = dict[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FOR_EVER = "public, max-age=31536000, immutable"
ASK = "no-cache"
COMPRESSED = ("text/", "application/json", "application/wasm", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it goes out; `zipped` is empty where compressing does not pay."""

    kind: str
    etag: str
    plain: bytes
    zipped: bytes


def find(name: str) -> File | None:
    """The file of that name below a `static` folder; looked for once, but each time while KIKITE_DEBUG is on."""
    return _find.__wrapped__(name) if settings.DEBUG else _find(name)


@lru_cache(maxsize=1024)
def _find(name: str) -> File | None:
    try:
        found = finders.find(name)
    except SuspiciousFileOperation:  # ../
        return None
    if not isinstance(found, str) or not Path(found).is_file():
        return None
    return _load(found, Path(found).stat().st_mtime_ns)


@cache
def _load(path: str, _changed_at: int) -> File:
    plain = Path(path).read_bytes()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    zipped = gzip.compress(plain, 6, mtime=0) if kind.startswith(COMPRESSED) else b""
    kind += "; charset=utf-8" if kind.startswith("text/") else ""
    etag = hashlib.sha256(plain).hexdigest()[:12]
    return File(kind, etag, plain, zipped if len(zipped) < len(plain) else b"")


class Storage(StaticFilesStorage):
    """What `{% static %}` asks for addresses."""

    def url(self, name: str | None) -> str:
        """With the hash of what the file holds now; without one for a file that is not there."""
        file = find(name or "")
        return f"{super().url(name)}?v={file.etag}" if file else super().url(name)


class Static:
    """Answers for static files, and leaves everything else to the application inside."""

    def __init__(self, inside: Application) -> None:
        self.inside = inside
        self.prefix = str(settings.STATIC_URL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.inside(scope, receive, send)
            return
        file = find(unquote(scope["path"].removeprefix(self.prefix))) if scope["method"] in ("GET", "HEAD") else None
        status, headers, body = _answer(file, dict(scope["headers"]), scope["query_string"])
        head = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(file: File | None, asked: dict[bytes, bytes], query: bytes) -> tuple[int, dict[str, str], bytes]:
    if file is None:
        return 404, {"content-type": "text/plain", "content-length": "9"}, b"Not found"
    version = parse_qs(query.decode("ascii", "replace")).get("v", [""])[0]
    etag = f'"{file.etag}"'
    headers = {
        "etag": etag,
        "cache-control": FOR_EVER if version == file.etag else ASK,
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if etag.encode() in asked.get(b"if-none-match", b""):
        return 304, headers, b""
    body = file.plain
    if file.zipped and b"gzip" in asked.get(b"accept-encoding", b""):
        body = file.zipped
        headers["content-encoding"] = "gzip"
    return 200, {**headers, "content-type": file.kind, "content-length": str(len(body))}, body
