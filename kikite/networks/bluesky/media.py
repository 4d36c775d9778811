"""Pictures, videos and link cards of a post, and where they and the post itself can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ..contract import Account, Media
from . import raw
from .addresses import Address
from .raw import Json
from .records import shortened

PUBLIC_URL = "https://bsky.social"
CHAT = "did:web:api.bsky.chat#bsky_chat"  # of the public network
NOTIFICATIONS = "notifications"  # the value of settings["reads"] where an app view stands behind the server
TITLE = 300  # characters of a link card's title that are kept
_CDN = "https://cdn.bsky.app/img/feed_fullsize/plain"


@dataclass(frozen=True, slots=True)
class Place:
    """The part of the network that an account sees: its server, and whether an app view stands behind it."""

    base_url: str
    app_view: bool
    public: bool
    chat: str  # the service that keeps its private messages, "" for none

    @classmethod
    def of(cls, account: Account) -> Place:
        base_url = account.base_url.rstrip("/")
        public = base_url == PUBLIC_URL
        chat = account.settings.get("chat", CHAT if public else "")
        return cls(base_url, public or account.settings.get("reads") == NOTIFICATIONS, public, str(chat))

    def page(self, address: Address) -> str:
        """Where a person can look at the post. Without an app view there is no page, only the record itself."""
        if self.app_view:
            return f"https://bsky.app/profile/{address.did}/post/{address.rkey}"
        query = "&".join(f"{name}={quote(value)}" for name, value in address.query.items())
        return f"{self.base_url}/xrpc/com.atproto.repo.getRecord?{query}"

    def profile(self, did: str) -> str:
        """Where a person can look at an account; "" without an app view."""
        return f"https://bsky.app/profile/{did}" if self.app_view else ""

    def conversation(self, convo: str) -> str:
        """Where our own people can look at a private conversation; "" without an app view."""
        return f"https://bsky.app/messages/{convo}" if self.app_view else ""

    def blob(self, did: str, cid: str) -> str:
        """Where a blob can be fetched by anybody."""
        if self.public:
            return f"{_CDN}/{did}/{quote(cid)}@jpeg"
        return f"{self.base_url}/xrpc/com.atproto.sync.getBlob?did={quote(did)}&cid={quote(cid)}"


def media(did: str, embed: Json, view: Json, place: Place) -> tuple[Media, ...]:
    """What hangs on a post of `did`: the record's `embed`, with the addresses that the app view's `view` gives."""
    embed = raw.maybe_object(embed, "media") or embed
    view = raw.maybe_object(view, "media") or view
    if "video" in embed:
        return _video(did, embed, view, place)
    # A gallery holds more pictures than the four of old; its elements are called items.
    views = raw.objects(view, "images") or raw.objects(view, "items")
    found = []
    for number, image in enumerate((raw.objects(embed, "images") or raw.objects(embed, "items"))[:20]):
        shown = views[number] if number < len(views) else {}
        found.append(_picture(did, image, shown, place))
    return tuple(medium for medium in found if medium.url)


def cards(record: Json, view: Json) -> tuple[Media, ...]:
    """The link card of a post, and links that its text shows without their end. `view` is as in `media`."""
    embed = raw.maybe_object(record, "embed")
    shown = raw.maybe_object(view, "external") or raw.maybe_object(view, "media", "external")
    external = raw.maybe_object(embed, "external") or raw.maybe_object(embed, "media", "external") or shown
    link = raw.web_address(external, "uri")
    title = raw.text(external, "title")[:TITLE] or raw.text(external, "description")[:TITLE]
    found = [Media("card", link, title)] if link else []
    return (*found, *(Media("card", one) for one in shortened(record) if one != link))


def _picture(did: str, image: Json, view: Json, place: Place) -> Media:
    blob = raw.maybe_object(image, "image")
    shape = raw.maybe_object(image, "aspectRatio")
    return Media(
        kind="image",
        url=raw.web_address(view, "fullsize") or _blob(did, blob, place),
        alt=raw.text(image, "alt"),
        mime=raw.text(blob, "mimeType")[:100],
        width=raw.count(shape, "width"),
        height=raw.count(shape, "height"),
    )


def _video(did: str, embed: Json, view: Json, place: Place) -> tuple[Media, ...]:
    blob = raw.maybe_object(embed, "video")
    shape = raw.maybe_object(embed, "aspectRatio")
    url = raw.web_address(view, "playlist") or ("" if place.public else _blob(did, blob, place))
    if not url:
        return ()
    mime = raw.text(blob, "mimeType")[:100]
    size = raw.count(shape, "width"), raw.count(shape, "height")
    return (Media("video", url, raw.text(embed, "alt"), mime, *size),)


def _blob(did: str, blob: Json, place: Place) -> str:
    """The address of a blob by its CID; "" where the record names none."""
    cid = raw.text(raw.maybe_object(blob, "ref"), "$link") or raw.text(blob, "cid")
    return place.blob(did, cid) if cid.isalnum() and cid.isascii() else ""
