"""Pictures from the networks, through us: an agent's browser never asks a stranger's server for anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _

from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.lib.pictures import size_of
from kikite.lib.secrets import CannotDecrypt
from kikite.networks import registry

if TYPE_CHECKING:
    from kikite.lib.http import Answer

LARGEST = 16 * 1024 * 1024
PIXELS = 64_000_000  # four bytes each when a browser unpacks it
SECONDS = 8.0
REDIRECTS = 3
DRAWING = "image/svg+xml"
# What a browser may be handed to show; anything else is named, not shown.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", DRAWING})


class NoPicture(Exception):
    """It cannot be had or may not be shown; the message says why, for the agent."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture and their media type (one of SHOWN)."""

    body: bytes
    mime: str


def fetch(channel: Channel, url: str) -> Picture:
    """Fetch a picture that a message or profile of this channel names. Raises NoPicture.

    Only public addresses are asked (and the channel's own server, which an admin named), each redirect is checked
    anew, and no more than LARGEST bytes are read. A picture of more than PIXELS is not handed on.
    """
    answer = _get(channel, url, _headers(channel, url))
    mime = _mime(answer)
    if mime not in SHOWN:
        raise NoPicture(f"the network answers with {mime or 'no type'}")
    if mime != DRAWING:
        _bounded(answer.body)
    return Picture(answer.body, mime)


def kept_apart(channel: Channel, url: str) -> bool:
    """Whether the network hands out what is at `url` only to who shows the channel's credentials."""
    return bool(_headers(channel, url))


def download(channel: Channel, url: str) -> bytes:
    """Fetch a file of any kind, to be saved by the agent and never shown by us. Raises NoPicture."""
    return _get(channel, url, _headers(channel, url)).body


def _headers(channel: Channel, url: str) -> Mapping[str, str]:
    try:
        return registry.network(channel.network).media_headers(vault.account(channel), url)
    except CannotDecrypt:
        return {}


def _get(channel: Channel, url: str, headers: Mapping[str, str]) -> Answer:
    import httpx  # a quarter of a second that the desk's start need not wait for

    from kikite.lib.http import DeadlineTransport, TooLarge, call

    home = urlsplit(channel.base_url)
    trusted = f"{home.hostname}:{home.port or (443 if home.scheme == 'https' else 80)}"
    transport = DeadlineTransport(SECONDS, public_only=True, trusted=trusted)
    with httpx.Client(transport=transport, trust_env=False) as client:
        for _hop in range(REDIRECTS):
            if urlsplit(url).scheme not in ("http", "https"):
                raise NoPicture(f"not an address of a picture: {url[:100]}")
            try:
                answer = call(client, client.build_request("GET", url, headers=headers), limit=LARGEST)
            except TooLarge as error:
                raise NoPicture(
                    _("It is larger than %(size)s MB. Look at it in the network's own app.") % {"size": LARGEST >> 20}
                ) from error
            except (httpx.TransportError, httpx.InvalidURL) as error:
                raise NoPicture(str(error)) from error
            if answer.status not in (301, 302, 303, 307, 308):
                break
            # Credentials are for the address that was asked about, not for where it leads.
            url, headers = urljoin(url, answer.headers.get("location", "")), {}
    if answer.status == 202:
        raise NoPicture(_("The network still prepares it. Try again in a minute."))
    if answer.status != 200:
        raise NoPicture(f"the network answers {answer.status}")
    return answer


def _mime(answer: Answer) -> str:
    return str(answer.headers.get("content-type", "")).split(";")[0].strip().lower()


def _bounded(body: bytes) -> None:
    size = size_of(body)
    if size is None:
        raise NoPicture(_("It says that it is a picture, but it is none."))
    if size[0] * size[1] > PIXELS:
        raise NoPicture(
            _("It would unpack to %(width)s × %(height)s pixels, more than a browser should be handed.")
            % {"width": size[0], "height": size[1]}
        )
