"""What a server says of itself: its domain, its limits, where it streams."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from kikite.networks.calling import origin
from kikite.networks.contract import Account, Counting, Limits, Unreachable
from kikite.networks.raw import Json

from .addressing import ROOM_FOR_NAME
from .client import Api, trouble

DEFAULT_LENGTH = 500
DEFAULT_LINK = 23
DEFAULT_MEDIA = 4


def domain_of(account: Account) -> str:
    """The domain in the names of the server's own accounts: told by the instance, else its address."""
    told = account.settings.get("domain")
    return told if isinstance(told, str) and told else host_of(account.base_url)


def host_of(base_url: str) -> str:
    """Host, and port where it is not the usual one, in lower case."""
    return origin(base_url).netloc.decode("ascii").lower()


def described(api: Api, base_url: str) -> dict[str, object]:
    """The settings that are kept with a channel. Raises Unauthorised, RateLimited, Unreachable."""
    data = _instance(api)
    configuration = _part(data, "configuration")
    statuses, media = _part(configuration, "statuses"), _part(configuration, "media_attachments")
    urls = _part(configuration, "urls") or _part(data, "urls")
    return {
        "domain": _word(data.get("domain")) or _word(data.get("uri")) or host_of(base_url),
        "version": _word(data.get("version")),
        "max_characters": _number(statuses.get("max_characters"), _number(data.get("max_toot_chars"), DEFAULT_LENGTH)),
        "characters_reserved_per_url": _number(statuses.get("characters_reserved_per_url"), DEFAULT_LINK),
        "max_media_attachments": _number(statuses.get("max_media_attachments"), DEFAULT_MEDIA),
        "image_size_limit": _number(media.get("image_size_limit"), 0),
        "video_size_limit": _number(media.get("video_size_limit"), 0),
        "description_limit": _number(media.get("description_limit"), 0),
        "supported_mime_types": [kind for kind in _list(media.get("supported_mime_types")) if isinstance(kind, str)],
        "streaming": _streaming(urls.get("streaming") or urls.get("streaming_api")),
    }


def limits(account: Account) -> Limits:
    """What is left after the name of the person who is answered, which stands in the text and counts."""
    settings = account.settings
    return Limits(
        length=max(1, _number(settings.get("max_characters"), DEFAULT_LENGTH) - ROOM_FOR_NAME),
        counting=Counting.CHARACTERS,
        link_weight=_number(settings.get("characters_reserved_per_url"), DEFAULT_LINK),
        media=_number(settings.get("max_media_attachments"), DEFAULT_MEDIA),
    )


def _instance(api: Api) -> Json:
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            answer = api.ask("GET", path)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if answer.status == 200:
            return _parsed(answer.body)
        if answer.status not in (400, 404, 405):
            raise trouble(answer)
    raise Unreachable("No Mastodon server answers at this address.")


def _parsed(body: bytes) -> Json:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreachable("No Mastodon server answers at this address.") from error
    return data if isinstance(data, dict) else {}


def _streaming(address: object) -> str:
    """Where server-sent events are read; servers name it by its WebSocket scheme. "" for none."""
    if not isinstance(address, str) or not address.startswith(("wss://", "ws://", "https://", "http://")):
        return ""
    return address.replace("ws", "http", 1) if address.startswith("ws") else address


def _part(data: Mapping[str, Any], name: str) -> Json:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value[:200] if isinstance(value, list) else []


def _word(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40 else otherwise
