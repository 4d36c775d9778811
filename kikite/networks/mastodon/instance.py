"""What a server says of itself: its domain, its limits, where it streams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx

from kikite.lib.http import Answer
from kikite.networks.calling import origin
from kikite.networks.contract import Accepts, Account, Capabilities, Counting, Limits, Unreachable
from kikite.networks.raw import Json

from .addressing import ROOM_FOR_NAME
from .client import Api, Query, trouble

DEFAULT_LENGTH = 500
DEFAULT_LINK = 23
DEFAULT_MEDIA = 4
DEFAULT_IMAGE = 8 * 1024 * 1024
DEFAULT_ALT = 1500
DEFAULT_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"]
# Mastodon's, and its forks' ("4.3.0+glitch"); its relatives say "2.7.2 (compatible; …)" or number by themselves.
_OWN_VERSION = re.compile(r"[2-9]\.\d+\.\d+(?:-[\w.]+)?(?:\+[\w.+-]+)?$")


def domain_of(account: Account) -> str:
    """The domain in the names of the server's own accounts: told by the instance, else its address."""
    told = account.settings.get("domain")
    return told if isinstance(told, str) and told else host_of(account.base_url)


def host_of(base_url: str) -> str:
    """Host, and port where it is not the usual one, in lower case."""
    return origin(base_url).netloc.decode("ascii").lower()


def described(api: Api, base_url: str) -> dict[str, object]:
    """The settings that are kept with a channel: what the server says of itself, and what it answers when it is tried.
    Raises Unauthorised, RateLimited, Unreachable."""
    data = _instance(api)
    software = _software(api)
    return {
        "domain": _domain(data) or host_of(base_url),
        "version": _word(data.get("version")),
        "software": software,
        **_statuses(data),
        **_files(data),
        "streaming": _streaming(api, data),
        "idempotent": _idempotent(data, software),
        "several": _answers(api, "/api/v1/statuses", {"id": ["0"]}),
        "searches": _answers(api, "/api/v2/search", {"q": "kikite", "type": "statuses", "limit": 1}),
    }


def _domain(data: Json) -> str:
    """Pleroma's `uri` is an address, Mastodon's a domain."""
    told = _word(data.get("domain")) or _word(data.get("uri"))
    return told.partition("://")[2].rstrip("/") if "://" in told else told


def _statuses(data: Json) -> dict[str, object]:
    told = _part(_part(data, "configuration"), "statuses")
    return {
        "max_characters": _number(told.get("max_characters"), _number(data.get("max_toot_chars"), DEFAULT_LENGTH)),
        "characters_reserved_per_url": _number(told.get("characters_reserved_per_url"), DEFAULT_LINK),
        "max_media_attachments": _number(
            told.get("max_media_attachments"), _number(data.get("max_media_attachments"), DEFAULT_MEDIA)
        ),
    }


def _files(data: Json) -> dict[str, object]:
    """Sizes in bytes; what Pleroma says once for all kinds stands outside of the configuration."""
    told = _part(_part(data, "configuration"), "media_attachments")
    every = _number(data.get("upload_limit"), 0)
    return {
        "image_size_limit": _number(told.get("image_size_limit"), every),
        "video_size_limit": _number(told.get("video_size_limit"), every),
        "description_limit": _number(told.get("description_limit"), _number(data.get("description_limit"), 0)),
        "supported_mime_types": [kind for kind in _list(told.get("supported_mime_types")) if isinstance(kind, str)],
    }


def limits(account: Account) -> Limits:
    """What is left after the name of the person who is answered, which stands in the text and counts."""
    settings = account.settings
    return Limits(
        length=max(1, _number(settings.get("max_characters"), DEFAULT_LENGTH) - ROOM_FOR_NAME),
        counting=Counting.CHARACTERS,
        link_weight=_number(settings.get("characters_reserved_per_url"), DEFAULT_LINK),
        media=_number(settings.get("max_media_attachments"), DEFAULT_MEDIA),
        accepts=tuple(_accepts(settings)),
    )


def _accepts(settings: Mapping[str, object]) -> Iterator[Accepts]:
    """The files that the server takes; of one that does not say, the pictures that all of them take."""
    types = [kind for kind in _list(settings.get("supported_mime_types")) if isinstance(kind, str)] or DEFAULT_TYPES
    image = _number(settings.get("image_size_limit"), DEFAULT_IMAGE)
    video = _number(settings.get("video_size_limit"), image)
    alt = _number(settings.get("description_limit"), DEFAULT_ALT)
    for kind, size in (("image", image), ("video", video), ("audio", video)):
        named = tuple(one for one in types if one.startswith(f"{kind}/"))
        if named:
            # Mastodon mixes a film or a sound with nothing; some others do, and take it so as well.
            yield Accepts(kind, named, size, alt, alone=kind != "image")


def able(account: Account, capabilities: Capabilities) -> Capabilities:
    """What the server was found to have. What was never looked for is not relied upon."""
    settings = account.settings
    streams = bool(settings.get("streaming"))
    searches = {name for name, there in (("search", settings.get("searches") is True), ("stream", streams)) if there}
    idempotent = settings.get("idempotent") is True
    return replace(
        capabilities,
        reads_by=capabilities.reads_by if streams else frozenset({"poll"}),
        searches=frozenset(searches),
        refreshes=capabilities.refreshes if settings.get("several") is True else 1,
        idempotent=idempotent,
        idempotent_for=capabilities.idempotent_for if idempotent else None,
    )


def _software(api: Api) -> str:
    """The server's word for what it runs (nodeinfo), in lower case; "" where it says nothing."""
    try:
        links = _part_of(api.ask("GET", "/.well-known/nodeinfo")).get("links")
        paths = [one.get("href") for one in _list(links) if isinstance(one, dict)]
        path = next((httpx.URL(href).path for href in paths if isinstance(href, str)), "")
        told = _part(_part_of(api.ask("GET", path)), "software") if path else {}
    except (httpx.TransportError, httpx.InvalidURL):
        return ""
    return _word(told.get("name")).lower()


def _idempotent(data: Json, software: str) -> bool:
    """Whether the server knows a repeated Idempotency-Key. Nobody advertises it, so it takes two witnesses: Mastodon by
    its name and a version of its own numbering, Pleroma and its kin by their API. Others are looked up instead."""
    features = _list(_part(_part(data, "pleroma"), "metadata").get("features"))
    version = _word(data.get("version"))
    return "pleroma_api" in features or (software == "mastodon" and _OWN_VERSION.match(version) is not None)


def _answers(api: Api, path: str, query: Query) -> bool:
    """Whether the server has this at all, and lets us use it."""
    try:
        answer = api.ask("GET", path, query=query)
        json.loads(answer.body)
    except (httpx.TransportError, ValueError, RecursionError):
        return False
    return answer.status == 200


def _streaming(api: Api, data: Json) -> str:
    """Where server-sent events are read; "" for a server that has none, or sends them over WebSockets alone."""
    urls = _part(_part(data, "configuration"), "urls") or _part(data, "urls")
    address = _event_address(urls.get("streaming") or urls.get("streaming_api"))
    return address if address and api.streams(address) else ""


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


def _event_address(address: object) -> str:
    """Servers name it by its WebSocket scheme."""
    if not isinstance(address, str) or not address.startswith(("wss://", "ws://", "https://", "http://")):
        return ""
    return address.replace("ws", "http", 1) if address.startswith("ws") else address


def _part_of(answer: Answer) -> Json:
    try:
        data = json.loads(answer.body) if answer.status == 200 else {}
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _part(data: Mapping[str, Any], name: str) -> Json:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value[:200] if isinstance(value, list) else []


def _word(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40 else otherwise
