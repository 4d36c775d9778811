"""How much Instagram takes at once. It takes files by public address alone, and ours have none."""

from __future__ import annotations

from kikite.networks.contract import Counting, Limits

MESSAGE_BYTES = 1_000

LIMITS = Limits(
    length=300,
    counting=Counting.UTF16,
    private_length=1_000,
    bytes=MESSAGE_BYTES,
    media=0,
    private_media=0,
)


def length(text: str) -> int:
    """UTF-16 code units, as Meta counts comments; messages are counted in bytes."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
