"""Drawing plain pictures with words on them, without an imaging library.

`small.png` and `large.png` hold the 95 printable ASCII characters of DejaVu Sans Mono (free to use and change), drawn
once, side by side; grey is how much ink, rows are unfiltered.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path

type Colour = tuple[int, int, int]

_FIRST, _COUNT = 32, 95


@cache
def _font(name: str) -> tuple[int, int, bytes]:
    """The width and height of a letter, and the ink of all in rows of one byte a dot."""
    content = (Path(__file__).parent / f"{name}.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    length = struct.unpack(">I", content[33:37])[0]
    rows = zlib.decompress(content[41 : 41 + length])
    ink = b"".join(rows[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height))
    return width // _COUNT, height, ink


class Canvas:
    """A picture in the making; (0, 0) is the top left."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.width = width
        self.height = height
        self._dots = bytearray(bytes(ground) * (width * height))

    def box(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        row = bytes(colour) * width
        for line in range(y, y + height):
            start = (line * self.width + x) * 3
            self._dots[start : start + len(row)] = row

    def text(self, x: int, y: int, words: str, colour: Colour, font: str = "small") -> None:
        """What does not fit is cut off; what is not ASCII is shown as a question mark."""
        width, height, ink = _font(font)
        for place, letter in enumerate(words[: (self.width - x) // width]):
            code = ord(letter) - _FIRST if " " <= letter <= "~" else ord("?") - _FIRST
            for row in range(min(height, self.height - y)):
                start = row * width * _COUNT + code * width
                self._letter_row(x + place * width, y + row, ink[start : start + width], colour)

    def _letter_row(self, x: int, y: int, ink: bytes, colour: Colour) -> None:
        for column, grey in enumerate(ink):
            if grey:
                start = (y * self.width + x + column) * 3
                for channel, value in enumerate(colour, start):
                    self._dots[channel] += (value - self._dots[channel]) * grey // 255

    def png(self) -> bytes:
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        step = self.width * 3
        rows = b"".join(b"\0" + self._dots[start : start + step] for start in range(0, len(self._dots), step))
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, data = chunk
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
