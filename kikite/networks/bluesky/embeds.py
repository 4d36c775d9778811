"""What hangs on a post of ours: pictures, a video, or the card of its last link."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..contract import Limits, Media, Part, Reason
from . import cards, raw
from .drafting import Stopped, content
from .facets import last_link
from .raw import Json
from .session import Session
from .xrpc import Refusal

_CARD = "app.bsky.embed.external"


def embed(part: Part, session: Session, limits: Limits) -> Json:
    """The embed of the part's record; an empty one where nothing hangs on it. Raises Stopped, NetworkTrouble."""
    if not part.media:
        return _card(part.text, session)
    if part.media[0].mime.startswith("video/"):
        return {"$type": "app.bsky.embed.video", **_file(part.media[0], "video", session, limits)}
    return {"$type": "app.bsky.embed.images", "images": [_file(one, "image", session, limits) for one in part.media]}


def _file(medium: Media, name: str, session: Session, limits: Limits) -> Json:
    """An uploaded file. Losing this answer posts nothing."""
    try:
        blob = raw.maybe_object(session.upload(content(medium, limits), medium.mime), "blob")
    except Refusal as refusal:
        raise Stopped(Reason.MEDIA, str(refusal)) from refusal
    found: Json = {name: blob, "alt": medium.alt}
    if medium.width and medium.height:
        found["aspectRatio"] = {"width": medium.width, "height": medium.height}
    return found


def _card(text: str, session: Session) -> Json:
    """Our own server is no stranger: what it shows may be linked to where all of it is inside one network."""
    link = last_link(text)
    card = cards.look(link, trusted=urlsplit(session.xrpc.origin).netloc) if link else None
    if card is None:
        return {}
    return {"$type": _CARD, "external": {"uri": link, "title": card.title, "description": card.description}}
