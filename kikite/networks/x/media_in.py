"""Pictures and films that hang on posts and private messages."""

from __future__ import annotations

import mimetypes
import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from kikite.networks import raw
from kikite.networks.contract import Media
from kikite.networks.raw import Json

from .raw import Includes

PRIVATE_PATH = "/2/dm_conversations/media/"
_PRIVATE = re.compile(r"https://ton\.(?:twitter|x)\.com/(?:1\.1|i)/ton/data/dm/([0-9]+)/([0-9]+)/([\w.-]+)", re.ASCII)


def keys(data: Json) -> list[str]:
    """The media keys of a post or private message."""
    found = raw.maybe_object(data, "attachments").get("media_keys")
    return [key for key in found if isinstance(key, str)] if isinstance(found, list) else []


def attached(data: Json, includes: Includes) -> tuple[Media, ...]:
    """Those that came along and have an address."""
    found = (medium(includes.media[key]) for key in keys(data) if key in includes.media)
    return tuple(one for one in found if one)


def medium(data: Json) -> Media | None:
    """A media object. A film without an address is shown by its first picture."""
    film = best(raw.maybe_objects(data, "variants"), "bit_rate")
    still = raw.web_address(data, "url") or raw.web_address(data, "preview_image_url")
    if not (film or still):
        return None
    return Media(
        kind="video" if film else "image",
        url=film or still,
        alt=raw.maybe_text(data, "alt_text"),
        mime="video/mp4" if film else _mime(still),
        width=raw.count(data, "width"),
        height=raw.count(data, "height"),
    )


def legacy(attachment: Json) -> tuple[Media, ...]:
    """What an event of a private message carries, in the words of API 1.1."""
    data = raw.maybe_object(attachment, "media")
    film = best(raw.maybe_objects(raw.maybe_object(data, "video_info"), "variants"), "bitrate")
    still = raw.web_address(data, "media_url_https")
    if not (film or still):
        return ()
    large = raw.maybe_object(data, "sizes", "large")
    return (
        Media(
            kind="video" if film else "image",
            url=film or still,
            alt=raw.maybe_text(data, "ext_alt_text"),
            mime="video/mp4" if film else _mime(still),
            width=raw.count(large, "w"),
            height=raw.count(large, "h"),
        ),
    )


def reachable(media: Iterable[Media], api: str) -> tuple[Media, ...]:
    """Pictures of private messages stand where nobody may have them; the API at the address `api` hands them out."""
    return tuple(replace(medium, url=_PRIVATE.sub(rf"{api}{PRIVATE_PATH}\1/\2/\3", medium.url)) for medium in media)


def best(variants: Iterable[Json], rate: str) -> str:
    """The address of the film with the highest bit rate that browsers play as it is; "" where there is none."""
    films = [one for one in variants if one.get("content_type") == "video/mp4" and raw.web_address(one, "url")]
    films.sort(key=lambda one: raw.count(one, rate) or 0)
    return raw.web_address(films[-1], "url") if films else ""


def _mime(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return mimetypes.types_map.get(posixpath.splitext(path)[1].lower(), "")
