"""Where things lie on LINE: the two hosts of its API, pictures of stickers and emoji, and what needs our token."""

from __future__ import annotations

import re

import httpx

from kikite.networks.calling import origin
from kikite.networks.contract import Account, NetworkTrouble

API = "https://api.line.me"
# Files that people send are served by a host of their own. A server that stands in for LINE serves all by one.
CONTENT = "https://api-data.line.me"
# Not in the reference, but what LINE's own lists of sendable stickers and emoji show.
STICKER = "https://stickershop.line-scdn.net/stickershop/v1/sticker/{id}/android/sticker.png"
EMOJI = "https://stickershop.line-scdn.net/sticonshop/v1/sticon/{product}/android/{id}.png"

_CONTENT_PATH = re.compile(r"/v2/bot/message/[0-9A-Za-z]{1,64}/content(?:/preview)?", re.ASCII)


def content(account: Account, message: str) -> str:
    """The address of the file that a message consists of."""
    return f"{_content_origin(account)}/v2/bot/message/{message}/content"


def needs_token(account: Account, url: str) -> bool:
    """Whether `url` is a file of a message on LINE itself, scheme, host and port included."""
    try:
        asked = httpx.URL(url)
        return (
            f"{asked.scheme}://{asked.netloc.decode('ascii')}" == _content_origin(account)
            and not asked.userinfo
            and asked.raw_path == asked.path.encode()
            and _CONTENT_PATH.fullmatch(asked.path) is not None
        )
    except (httpx.InvalidURL, ValueError):
        return False


def _content_origin(account: Account) -> str:
    try:
        base = str(origin(account.base_url or API)).rstrip("/")
    except NetworkTrouble:
        base = API  # an address that nobody can reach is no reason not to read what came
    return CONTENT if base == API else base
