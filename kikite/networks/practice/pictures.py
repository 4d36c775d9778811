"""Pictures that hang on posts: taking them in and telling their size, without an imaging library."""

from __future__ import annotations

import secrets
import sqlite3
import struct

from .counting import MEDIA_BYTES
from .refusal import Refusal
from .store import Store

# Only what browsers show as a picture and cannot run: no SVG.
KINDS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


def take(store: Store, owner: sqlite3.Row, content: bytes, mime: str, alt: str) -> sqlite3.Row:
    """Keep a picture for the owner's next post. Raises Refusal 415 or 413."""
    if mime not in KINDS:
        raise Refusal(415, "invalid", "Only PNG, JPEG, GIF and WebP pictures are taken here.")
    if not content or len(content) > MEDIA_BYTES:
        raise Refusal(413, "invalid", f"A picture has 1 to {MEDIA_BYTES:,} bytes.")
    width, height = size(content)
    key = f"{secrets.token_hex(16)}.{KINDS[mime]}"
    with store.writing() as db:
        db.execute(
            "INSERT INTO media (id, owner, mime, alt, width, height, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, owner["id"], mime, alt[:1500], width, height, content),
        )
    return get(store, key)


def get(store: Store, key: str) -> sqlite3.Row:
    row = store.row("SELECT * FROM media WHERE id = ?", key)
    if row is None:
        raise Refusal(404, "gone", "There is no such picture.")
    return row


def size(content: bytes) -> tuple[int | None, int | None]:
    """Width and height where the header says them simply (PNG, GIF)."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return None, None
