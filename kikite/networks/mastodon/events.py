"""Server-sent events, read from bytes: splitting decoded text into lines would also split at U+2028 inside JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kikite.networks.contract import Unreachable

_LONGEST_EVENT = 8 * 1024 * 1024

type Event = tuple[str, bytes]


def events(chunks: Iterable[bytes]) -> Iterator[Event | None]:
    """Each event's name and data; None for a comment (Mastodon's heartbeat ":thump")."""
    name, data, size = "", [], 0
    for line in _lines(chunks):
        size += len(line)
        if size > _LONGEST_EVENT:
            raise Unreachable("an event of the stream is too large")
        if line.startswith(b":"):
            yield None
        elif line.startswith(b"event:"):
            name = line[6:].strip().decode("ascii", "replace")
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line:
            if data:
                yield name, b"\n".join(data)
            name, data, size = "", [], 0


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = bytearray()
    for chunk in chunks:
        rest += chunk
        if len(rest) > _LONGEST_EVENT and b"\n" not in chunk:
            raise Unreachable("an event of the stream is too large")
        *whole, last = rest.split(b"\n")
        rest = bytearray(last)
        yield from (bytes(line.removesuffix(b"\r")) for line in whole)
