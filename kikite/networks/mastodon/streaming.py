"""The user stream: deliveries as they happen.

It leaves gaps that only polling closes: a mention that the account's filters hold back is not pushed, and many servers
push an edit to followers of the author alone. Servers without server-sent events (GoToSocial, Pleroma) are only polled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import httpx

from kikite.lib.http import Answer, ssl_context
from kikite.networks import raw
from kikite.networks.calling import origin
from kikite.networks.contract import Account, Delivery, Unreachable, Unreadable

from .client import headers, trouble
from .events import Event, events
from .polling import deletion, notification, status, unread
from .searching import fits
from .translate import NOTIFICATION, STATUS, concerns

SILENCE = 28.0  # seconds; Mastodon's heartbeat comes every 15

# The second name is what mastodon-mock says for "status.update".
_POSTS = frozenset({"update", "status.update", "status_update"})


def stream(account: Account, me: str, timeout: float) -> Iterator[Delivery | None]:
    """Runs until the stream breaks (Unreachable) or the credentials end (Unauthorised)."""
    for event in _events(account, timeout):
        yield _delivery(event, me) if event else None
    raise Unreachable("the server closed the stream")


def listen(account: Account, queries: Sequence[str], timeout: float) -> Iterator[Delivery | None]:
    """What everybody says publicly that fits a query: one hashtag by its own stream, more by the stream of all."""
    alone = queries[0].strip() if len(queries) == 1 else ""
    tag = alone.removeprefix("#") if alone.startswith("#") and alone[1:].isalnum() else ""
    path = f"/api/v1/streaming/hashtag?tag={quote(tag)}" if tag else "/api/v1/streaming/public"
    for event in _events(account, timeout, path):
        yield _heard(event, [] if tag else queries) if event else None
    raise Unreachable("the server closed the stream")


def _heard(event: Event, queries: Sequence[str]) -> Delivery | None:
    name, data = event
    if name not in _POSTS:
        return None
    try:
        body = raw.parse(data)
        return status(data, body).delivery if not queries or fits(body, queries) else None
    except Unreadable:
        return None  # of everybody's posts, one that cannot be read is not ours to set aside


def _events(account: Account, timeout: float, path: str = "/api/v1/streaming/user") -> Iterator[Event | None]:
    address = account.settings.get("streaming", account.base_url)
    if not isinstance(address, str) or not address:
        raise Unreachable("this server has no streaming")
    wait = httpx.Timeout(timeout, read=SILENCE)
    try:
        with (
            httpx.Client(
                base_url=origin(address), headers=headers(account), timeout=wait, verify=ssl_context(), trust_env=False
            ) as client,
            client.stream("GET", path) as response,
        ):
            _accept(response)
            yield None  # the server took us: from now on nothing passes unseen
            yield from events(response.iter_bytes())
    except httpx.TransportError as error:
        raise Unreachable(f"the stream broke: {str(error) or type(error).__name__}") from error


def _accept(response: httpx.Response) -> None:
    """Anything but an event stream is no stream: servers without one answer 404, or a page for people."""
    if response.status_code == 200 and response.headers.get("content-type", "").startswith("text/event-stream"):
        return
    if response.status_code == 200:
        raise Unreachable("this server has no streaming")
    raise trouble(Answer(response.status_code, response.headers, b"".join(_start(response))))


def _start(response: httpx.Response) -> Iterator[bytes]:
    for chunk in response.iter_bytes():
        yield chunk[:4096]
        return


def _delivery(event: Event, me: str) -> Delivery | None:
    """What the event hands us; None for what is not ours (the stream also carries the home timeline)."""
    name, data = event
    if name == "delete":
        return deletion(data.decode("ascii", "replace").strip()) if len(data) < 200 else None
    if name != "notification" and name not in _POSTS:
        return None
    try:
        body = raw.parse(data)
        if name == "notification":
            return notification(data, body).delivery
        return status(data, body).delivery if concerns(body, me) else None
    except Unreadable:
        return unread(NOTIFICATION if name == "notification" else STATUS, data)
