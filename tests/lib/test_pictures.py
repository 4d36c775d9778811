"""The size of a picture from its head, and no trouble with what is none."""

from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.lib.pictures import size_of
from tests.desk.pictures import png

GIF = b"GIF89a" + struct.pack("<HH", 320, 200) + b"\0" * 20
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
     b"\xff\xdb\x00\x43" + b"\0" * 65
    + b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 1080, 1920) + b"\3" + b"\0" * 20
)  # fmt: skip
LOSSY = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480) + b"\0" * 8
LOSSLESS = base64.b64decode("UklGRhoAAABXRUJQVlA4TA4AAAAvAAAAAAcQEf0PRET/Aw==")  # 1 × 1
EXTENDED = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (99_999).to_bytes(3, "little") + (7).to_bytes(3, "little")
AVIF = (
    b"\0\0\0\x20ftypavif" + b"\0" * 40
    + b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 64, 64)
    + b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 4096, 2048)
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (png(48, 32), (48, 32)),
        (GIF, (320, 200)),
        (JPEG, (1920, 1080)),
        (LOSSY, (640, 480)),
        (LOSSLESS, (1, 1)),
        (EXTENDED, (100_000, 8)),
        (AVIF, (4096, 2048)),
        (b"", None),
        (b"<svg/>", None),
        (b"\xff\xd8", None),
        (b"\xff\xd8\xff\xda\0\0", None),
        (JPEG[:40], None),
        (png()[:14], None),
    ],
)
def test_size(body: bytes, size: tuple[int, int] | None) -> None:
    assert size_of(body) == size


@given(st.sampled_from([png(), GIF, JPEG, LOSSY, LOSSLESS, EXTENDED, AVIF]), st.data())
def test_a_damaged_head_is_no_trouble(body: bytes, data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, len(body)))
    size_of(body[:keep] + data.draw(st.binary(max_size=64)))
