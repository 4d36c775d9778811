"""WebSockets of the network: frames as they come, and what their errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..calling import USER_AGENT
from ..contract import RateLimited, Unreachable

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

MAX_FRAME = 8 * 1024 * 1024  # the protocol allows 5 MB


def firehose(origin: str) -> str:
    """Where a server or relay tells its commits."""
    return origin.replace("http", "ws", 1) + "/xrpc/com.atproto.sync.subscribeRepos"


@contextmanager
def opened(address: str, timeout: float) -> Iterator[ClientConnection]:
    """Raises NetworkTrouble."""
    from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
    from websockets.sync.client import connect

    try:
        with connect(
            address, max_size=MAX_FRAME, open_timeout=timeout, close_timeout=1, user_agent_header=USER_AGENT
        ) as socket:
            yield socket
    except InvalidStatus as error:
        if error.response.status_code == 429:
            raise RateLimited(None, "the stream asks us to wait") from error
        raise Unreachable(f"no stream: the server answers {error.response.status_code}") from error
    except (WebSocketException, InvalidURI, OSError) as error:
        raise Unreachable(f"the stream broke: {error or type(error).__name__}") from error


def following(socket: ClientConnection, patience: float) -> str | bytes | None:
    """The next frame, or None after `patience` seconds without one."""
    try:
        return socket.recv(timeout=patience)
    except TimeoutError:
        return None


def listen(address: str, timeout: float, patience: float) -> Iterator[str | bytes | None]:
    """Frames for ever; None once it is open, and after `patience` seconds without one. Raises NetworkTrouble."""
    with opened(address, timeout) as socket:
        yield None
        while True:
            yield following(socket, patience)
