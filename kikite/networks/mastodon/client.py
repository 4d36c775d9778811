"""The Mastodon API of one server with one access token: requests, and what its answers mean.

Plain httpx instead of `Mastodon.py`: that library turns JSON into its own objects with parsed dates, so the raw body
that deliveries must keep is gone; it bounds no whole request; and it folds "could not connect" and "no answer" into
one error, when the first certainly posted nothing and the second may have. The tests talk to the server by
`Mastodon.py`, so both meet over the same statuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call
from kikite.networks.calling import USER_AGENT, origin, retry_after, secret, since_1970, skew
from kikite.networks.contract import (
    Account,
    Budget,
    Meter,
    NetworkTrouble,
    RateLimited,
    Unauthorised,
    Unreachable,
    Urgency,
)

# What Mastodon limits apart: everything, uploads, and posts that are taken back.
API, MEDIA, DELETES = "api", "media", "deletes"

type Query = Mapping[str, str | int | bool | list[str]]


def headers(account: Account) -> dict[str, str]:
    # English, because refusals are told apart by their sentence where the status code does not.
    return {
        "Authorization": f"Bearer {secret(account, 'access_token')}",
        "User-Agent": USER_AGENT,
        "Accept-Language": "en",
    }


class Api:
    """Requests to one server. `told` hears of every budget that an answer tells."""

    def __init__(self, account: Account, timeout: float, told: Callable[[Budget], None], meter: Meter) -> None:
        self._told = told
        self._meter = meter
        self._whose = f"{origin(account.base_url).netloc.decode('ascii')}/{account.key or 'new'}"
        self._skew = timedelta(0)
        self._client = httpx.Client(
            base_url=origin(account.base_url),
            headers=headers(account),
            transport=DeadlineTransport(timeout),
        )

    def now(self) -> datetime:
        return self.there(datetime.now(UTC))

    def there(self, moment: datetime) -> datetime:
        """A time of our clock by the server's, which its posts are dated by."""
        return moment + self._skew

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        data: Mapping[str, object] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        key: str = "",
        limit: str = API,
        urgency: Urgency = Urgency.CATCHING_UP,
    ) -> Answer:
        """One request, one answer of whatever status. Raises httpx.TransportError, RateLimited (then nothing left)."""
        bucket = f"{self._whose}/{limit}"[:200]
        self._meter.ask(bucket, urgency)
        request = self._client.build_request(
            method,
            path,
            params=_params(query or {}),
            json=data if files is None else None,
            data=data if files is not None else None,
            files=files,
            headers={"Idempotency-Key": key} if key else {},
        )
        answer = call(self._client, request)
        budget = _budget(answer)
        if budget is not None:
            self._meter.told(bucket, budget)
            if limit == API:
                self._told(budget)
        self._skew = skew(answer.headers)
        return answer

    def read(self, path: str, query: Query | None = None, urgency: Urgency = Urgency.CATCHING_UP) -> bytes:
        """The body of a successful GET. Raises Unauthorised, RateLimited, Unreachable."""
        try:
            answer = self.ask("GET", path, query=query, urgency=urgency)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if answer.status != 200:
            raise trouble(answer)
        return answer.body

    def streams(self, address: str) -> bool:
        """Whether server-sent events are there. Only a plain no is one: a streaming server that is away comes back."""
        try:
            answer = call(self._client, self._client.build_request("GET", f"{origin(address)}api/v1/streaming/health"))
        except (httpx.TransportError, NetworkTrouble):
            return True
        return answer.status == 200 or answer.status >= 500

    def close(self) -> None:
        self._client.close()


def trouble(answer: Answer) -> NetworkTrouble:
    """What an unsuccessful answer to a reading request means."""
    if answer.status in (401, 403):
        return Unauthorised(sentence(answer))
    if answer.status == 429:
        return RateLimited(until(answer), sentence(answer))
    return Unreachable(f"{answer.status}: {sentence(answer)}")


def sentence(answer: Answer) -> str:
    """The server's own words on what is wrong, at most 500 characters."""
    if 300 <= answer.status < 400:
        return f"The server sends us on to {answer.headers.get('location', 'nowhere')[:300]}"
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    words = (said.get("error_description") or said.get("error")) if isinstance(said, dict) else None
    return words[:500] if isinstance(words, str) else f"The server answered {answer.status}"


def until(answer: Answer) -> datetime | None:
    """When a rate limit ends: X-RateLimit-Reset (a time, or seconds since 1970), else Retry-After."""
    return _moment(answer.headers.get("x-ratelimit-reset", "")) or retry_after(answer.headers)


def _budget(answer: Answer) -> Budget | None:
    """Of a refusal without figures, at least that nothing is left until it says."""
    limit = answer.headers.get("x-ratelimit-limit", "")
    remaining = answer.headers.get("x-ratelimit-remaining", "")
    resets_at = _moment(answer.headers.get("x-ratelimit-reset", ""))
    ends = until(answer) if answer.status == 429 else None
    if ends is not None:
        return Budget(int(limit[:12]) if limit.isdecimal() else 1, 0, ends)
    if not (limit.isdecimal() and remaining.isdecimal() and resets_at):
        return None
    return Budget(limit=int(limit[:12]), remaining=int(remaining[:12]), resets_at=resets_at)


def _moment(value: str) -> datetime | None:
    try:
        if value.isdecimal():
            return since_1970(value)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _params(query: Query) -> dict[str, str | int | bool | list[str]]:
    return {f"{name}[]" if isinstance(value, list) else name: value for name, value in query.items()}
