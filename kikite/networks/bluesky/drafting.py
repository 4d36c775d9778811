"""What of a part can be judged before anything is sent."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC

from ..contract import Limits, Media, Part, Reason, Refused, Visibility
from ..counting import weight

TEXT_BYTES = 3000  # beside the graphemes, by the lexicon app.bsky.feed.post
PICTURE_BYTES = 2_000_000  # by the lexicon app.bsky.embed.images


class Stopped(Exception):
    """The part cannot be sent; `outcome` says why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.outcome = Refused(reason, detail)


def check(part: Part, limits: Limits) -> None:
    """Raises Stopped for what the network would refuse for certain."""
    if part.visibility is not Visibility.PUBLIC:
        raise Stopped(Reason.INVALID, "on Bluesky we can only answer in public")
    if not part.text.strip() and not part.media:
        raise Stopped(Reason.INVALID, "there is nothing in this post")
    length = weight(part.text, limits)
    if length > limits.length:
        raise Stopped(Reason.TOO_LONG, f"{length} characters; Bluesky takes {limits.length}")
    size = len(part.text.encode("utf-8", "replace"))
    if size > TEXT_BYTES:
        raise Stopped(Reason.TOO_LONG, f"{size} bytes; Bluesky takes {TEXT_BYTES}")
    if len(part.media) > limits.media:
        raise Stopped(Reason.INVALID, f"Bluesky takes {limits.media} pictures a post")


def content(medium: Media) -> bytes:
    """A picture's bytes. Raises Stopped."""
    if not medium.mime.startswith("image/"):
        raise Stopped(Reason.INVALID, "on Bluesky we can send pictures only")
    try:
        found = base64.b64decode(medium.url.removeprefix(f"data:{medium.mime};base64,"), validate=True)
    except binascii.Error:
        raise Stopped(Reason.INVALID, "a picture to be sent comes as a data: URL") from None
    if len(found) > PICTURE_BYTES:
        raise Stopped(Reason.INVALID, f"the picture has {len(found)} bytes; Bluesky takes {PICTURE_BYTES}")
    return found


def created_at(part: Part) -> str:
    """The time of writing as the record says it: the same at every attempt."""
    return part.written_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
