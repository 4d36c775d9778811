"""What connectors share in talking over HTTP: what silence means, what a limit says, what may stand in a header."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from .contract import (
    Account,
    Forbidden,
    Later,
    NetworkTrouble,
    RateLimited,
    Reason,
    Unauthorised,
    Unknown,
    Unreachable,
)

USER_AGENT = "Kikite"
LONGEST_WAIT = 86_400  # seconds; a longer Retry-After is a mistake
# Errors after which certainly nothing has left.
NOTHING_LEFT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.LocalProtocolError,
)  # fmt: skip


def lost(error: httpx.TransportError) -> Later | Unknown:
    """No answer to a write: certainly not posted while we were still connecting, else nobody knows."""
    words = str(error) or type(error).__name__
    return Later(Reason.UNAVAILABLE, detail=words) if isinstance(error, NOTHING_LEFT) else Unknown(words)


def later(trouble: NetworkTrouble) -> Later:
    """Trouble with a request that only reads, on the way to a write or a look-up: nothing was posted."""
    if isinstance(trouble, RateLimited):
        return Later(Reason.RATE_LIMITED, trouble.until, str(trouble))
    credentials = isinstance(trouble, Unauthorised | Forbidden)
    return Later(Reason.UNAUTHORISED if credentials else Reason.UNAVAILABLE, detail=str(trouble))


def retry_after(headers: httpx.Headers) -> datetime | None:
    """RFC 9110, 10.2.3: seconds, or a date."""
    wait = headers.get("retry-after", "")
    if wait.isdecimal():
        return datetime.now(UTC) + timedelta(seconds=min(int(wait[:9]), LONGEST_WAIT))
    return http_date(wait)


def since_1970(seconds: str) -> datetime | None:
    """A header that holds whole seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(seconds[:12]), UTC) if seconds.isdecimal() else None
    except (ValueError, OverflowError, OSError):
        return None


def http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def skew(headers: Mapping[str, str]) -> timedelta:
    """How far the server's clock is ahead of ours; less than two seconds is the header's own coarseness."""
    told = http_date(headers.get("date", ""))
    found = told - datetime.now(UTC) if told else timedelta(0)
    return found if abs(found) > timedelta(seconds=2) else timedelta(0)


def in_header(value: str) -> str:
    """What of a pasted credential may stand in a header; one with more than that is wrong, but breaks no request."""
    return "".join(letter for letter in value if "!" <= letter <= "~")


def secret(account: Account, name: str) -> str:
    """A credential as it may stand in a header."""
    return in_header(account.secrets.get(name, ""))


def origin(address: str) -> httpx.URL:
    """`https://host[:port]/` of what a person typed. Raises Unreachable for what is no server's address."""
    typed = address.strip()
    try:
        url = httpx.URL(typed if "://" in typed else f"https://{typed}")
    except (httpx.InvalidURL, ValueError) as error:
        raise Unreachable(f"{typed[:100]!r} is not the address of a server") from error
    if url.scheme not in ("https", "http") or not url.host or "%" in url.host:
        raise Unreachable(f"{typed[:100]!r} is not the address of a server")
    return url.copy_with(username=None, password=None, path="/", query=None, fragment=None)
