"""How much Facebook takes at once."""

from __future__ import annotations

from kikite.networks.contract import Accepts, Counting, Limits

_PICTURES = ("image/jpeg", "image/png", "image/gif")
_MEGABYTE = 1024 * 1024

LIMITS = Limits(
    length=8_000,
    counting=Counting.UTF16,
    private_length=2_000,
    media=1,
    private_media=5,
    accepts=(Accepts("image", _PICTURES, 4 * _MEGABYTE),),
    private_accepts=(
        Accepts("image", _PICTURES, 8 * _MEGABYTE),
        Accepts("video", ("video/mp4", "video/quicktime"), 25 * _MEGABYTE),
        Accepts("audio", ("audio/mpeg", "audio/mp4", "audio/wav"), 25 * _MEGABYTE),
        Accepts("file", ("application/pdf", "text/plain", "application/zip"), 25 * _MEGABYTE),
    ),
)


def length(text: str) -> int:
    """UTF-16 code units, as Meta counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
