"""How large a picture is when it is unpacked, read from its first bytes: a picture bomb is small until it is shown."""

from __future__ import annotations

import struct
from collections.abc import Callable

type Size = tuple[int, int]  # width, height in pixels

_PNG = b"\x89PNG\r\n\x1a\n"
# Markers of a JPEG that hold its size; the others of this row are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


def size_of(body: bytes) -> Size | None:
    """Width and height of a PNG, GIF, JPEG, WebP or AVIF; None for what is none of these, or broken."""
    for is_one, read in _READERS:
        if is_one(body):
            try:
                return read(body)
            except (struct.error, IndexError):
                return None
    return None


def _png(body: bytes) -> Size | None:
    return struct.unpack_from(">II", body, 16) if body[12:16] == b"IHDR" else None


def _gif(body: bytes) -> Size:
    return struct.unpack_from("<HH", body, 6)


def _jpeg(body: bytes) -> Size | None:
    at = 2
    while body[at] == 0xFF:
        marker = body[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + struct.unpack_from(">H", body, at + 2)[0]
    return None


def _webp(body: bytes) -> Size | None:
    kind = body[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
    if kind == b"VP8L" and body[20] == 0x2F:
        bits = struct.unpack_from("<I", body, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(body: bytes) -> Size | None:
    """The largest of the sizes that its parts tell ("ispe"): the whole picture's, where it is a grid of tiles."""
    found, at = [], body.find(b"ispe", 0, 65536)
    while at >= 0:
        found.append(struct.unpack_from(">II", body, at + 8))
        at = body.find(b"ispe", at + 4, 65536)
    return max(found, key=lambda size: size[0] * size[1], default=None)


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Size | None]], ...] = (
    (lambda body: body.startswith(_PNG), _png),
    (lambda body: body.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda body: body.startswith(b"\xff\xd8"), _jpeg),
    (lambda body: body[:4] == b"RIFF" and body[8:12] == b"WEBP", _webp),
    (lambda body: body[4:8] == b"ftyp", _avif),
)
