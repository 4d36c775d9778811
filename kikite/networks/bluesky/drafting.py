"""What of a part can be judged before anything is sent."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC

from ..contract import Accepts, Counting, Limits, Media, Part, Reason, Refused, Visibility
from ..counting import size, weight

PICTURE = "image"
VIDEO = "video"
PRIVATE_BYTES = 10_000  # of a private message beside its graphemes, by the lexicon chat.bsky.convo.defs#messageInput
# By the lexicons app.bsky.feed.post, app.bsky.embed.images and app.bsky.embed.video (which allows 300 MB; Bluesky's
# servers take blobs of 100 MB). Of descriptions the lexicons say nothing; Bluesky's app takes 2,000 characters.
LIMITS = Limits(
    length=300,
    counting=Counting.GRAPHEMES,
    bytes=3000,
    private_length=1000,
    media=4,
    private_media=0,
    accepts=(
        Accepts(PICTURE, ("image/jpeg", "image/png", "image/webp", "image/gif"), 2_000_000, alt=2000),
        Accepts(VIDEO, ("video/mp4",), 100_000_000, alt=2000, alone=True),
    ),
    private_accepts=(),
)


class Stopped(Exception):
    """The part cannot be sent; `outcome` says why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.outcome = Refused(reason, detail)


def check(part: Part, limits: Limits) -> None:
    """Raises Stopped for what the network would refuse for certain."""
    private = part.visibility is Visibility.PRIVATE
    if not private and part.visibility is not Visibility.PUBLIC:
        raise Stopped(Reason.INVALID, "what is said on Bluesky is public or private, nothing between")
    if not part.text.strip() and not part.media:
        raise Stopped(Reason.INVALID, "there is nothing in this post")
    _fits(part.text, limits, private)
    if private and part.media:
        raise Stopped(Reason.MEDIA, "Bluesky takes no files in private messages")
    if len(part.media) > limits.media:
        raise Stopped(Reason.MEDIA, f"Bluesky takes {limits.media} pictures a post")
    if len(part.media) > 1 and any(_kind(medium) == VIDEO for medium in part.media):
        raise Stopped(Reason.MEDIA, "Bluesky takes one video a post, and no pictures beside it")


def _fits(text: str, limits: Limits, private: bool) -> None:
    most = (limits.private_length if private else None) or limits.length
    length = weight(text, limits, private=private)
    if length > most:
        raise Stopped(Reason.TOO_LONG, f"{length} characters; Bluesky takes {most}")
    most_bytes = PRIVATE_BYTES if private else limits.bytes
    if most_bytes is not None and size(text) > most_bytes:
        raise Stopped(Reason.TOO_LONG, f"{size(text)} bytes; Bluesky takes {most_bytes}")


def content(medium: Media, limits: Limits) -> bytes:
    """The bytes of a picture or video. Raises Stopped."""
    accepts = next((one for one in limits.accepts if one.kind == _kind(medium)), None)
    if accepts is None or (accepts.kind == VIDEO and medium.mime not in accepts.types):
        raise Stopped(Reason.MEDIA, "Bluesky takes pictures, and videos as MP4")
    try:
        found = base64.b64decode(medium.url.removeprefix(f"data:{medium.mime};base64,"), validate=True)
    except binascii.Error:
        raise Stopped(Reason.INVALID, "a picture to be sent comes as a data: URL") from None
    if len(found) > accepts.bytes:
        raise Stopped(Reason.MEDIA, f"the file has {len(found)} bytes; Bluesky takes {accepts.bytes}")
    return found


def _kind(medium: Media) -> str:
    return medium.mime.partition("/")[0]


def created_at(part: Part) -> str:
    """The time of writing as the record says it: the same at every attempt."""
    return part.written_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
