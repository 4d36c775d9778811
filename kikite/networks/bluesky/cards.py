"""What a link card says of a page: its title and description, fetched from the page itself.

The address is anybody's, so it is only fetched from the public internet, within seconds, and the first part of it
alone. A page that does not answer, or says nothing of itself, gets no card; the post goes out all the same.
"""

from __future__ import annotations

import codecs
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from kikite.lib.http import DeadlineTransport

from ..calling import USER_AGENT
from .raw import clean

SECONDS = 4.0
BYTES = 256 * 1024  # of the page; what describes it stands at its head
HOPS = 3
TITLE = 300
DESCRIPTION = 1000
_HTML = ("text/html", "application/xhtml+xml")
_NAMES = {
    "title": ("og:title", "twitter:title"),
    "description": ("og:description", "twitter:description", "description"),
}


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    description: str


def look(link: str, *, trusted: str = "") -> Card | None:
    """The card of a page, or None. `trusted` ("host:port") may be inside our own network."""
    transport = DeadlineTransport(SECONDS, public_only=True, trusted=trusted)
    try:
        with httpx.Client(transport=transport, headers={"User-Agent": USER_AGENT, "Accept": "text/html"}) as client:
            page = _page(client, link)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    return _described(page) if page else None


def _page(client: httpx.Client, link: str) -> str:
    """The beginning of the page behind `link`, "" where there is none. Raises httpx.HTTPError."""
    for _ in range(HOPS + 1):
        with client.stream("GET", link) as answer:
            if answer.has_redirect_location:
                link = urljoin(link, answer.headers["location"])
                continue
            mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if answer.status_code != 200 or mime not in _HTML:
                return ""
            return _beginning(answer).decode(_encoding(answer), "replace")
    return ""


def _beginning(answer: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) >= BYTES or b"</head>" in body:
            break
    return bytes(body[:BYTES])


def _encoding(answer: httpx.Response) -> str:
    """As the header says; a name that nobody knows is UTF-8."""
    name = answer.charset_encoding or "utf-8"
    try:
        codecs.lookup(name)
    except LookupError:
        return "utf-8"
    return name


def _described(page: str) -> Card | None:
    reader = _Head()
    with suppress(AssertionError):  # so the parser gives up on broken declarations; what it read before them counts
        reader.feed(page)
    title = next((reader.said[name] for name in _NAMES["title"] if name in reader.said), "") or reader.title
    described = next((reader.said[name] for name in _NAMES["description"] if name in reader.said), "")
    title = " ".join(clean(title).split())[:TITLE]
    return Card(title, " ".join(clean(described).split())[:DESCRIPTION]) if title else None


class _Head(HTMLParser):
    """Reads what a page says of itself: `said` by the names of its meta elements, and its title."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = not self.title
        if tag == "meta":
            values = {name: value or "" for name, value in attrs}
            name = (values.get("property") or values.get("name") or "").lower()
            if values.get("content"):
                self.said.setdefault(name, values["content"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
