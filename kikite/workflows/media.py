"""Pictures from the networks, through us: an agent's browser never asks a stranger's server for anything."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from kikite.channels.models import Channel

LARGEST = 16 * 1024 * 1024
SECONDS = 8.0
REDIRECTS = 3
# What a browser may be handed; anything else is named, not shown.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml"})


class NoPicture(Exception):
    """It cannot be had or may not be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture and their media type (one of SHOWN)."""

    body: bytes
    mime: str


def fetch(channel: Channel, url: str) -> Picture:
    """Fetch a picture that a message or profile of this channel names. Raises NoPicture.

    Only public addresses are asked (and the channel's own server, which an admin named), each redirect is checked
    anew, and no more than LARGEST bytes are read.
    """
    import httpx  # a quarter of a second that the desk's start need not wait for

    from kikite.lib.http import DeadlineTransport, call

    home = urlsplit(channel.base_url)
    trusted = f"{home.hostname}:{home.port or (443 if home.scheme == 'https' else 80)}"
    transport = DeadlineTransport(SECONDS, public_only=True, trusted=trusted)
    with httpx.Client(transport=transport, trust_env=False) as client:
        for _ in range(REDIRECTS):
            if urlsplit(url).scheme not in ("http", "https"):
                raise NoPicture(f"not an address of a picture: {url[:100]}")
            try:
                answer = call(client, client.build_request("GET", url), limit=LARGEST)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                raise NoPicture(str(error)) from error
            if answer.status not in (301, 302, 303, 307, 308):
                break
            url = urljoin(url, answer.headers.get("location", ""))
    mime = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if answer.status != 200 or mime not in SHOWN:
        raise NoPicture(f"the network answers {answer.status} with {mime or 'no type'}")
    return Picture(answer.body, mime)
