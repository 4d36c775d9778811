"""LINE's Messaging API with one channel's token: requests, and what its answers mean.

Plain httpx instead of `line-bot-sdk`: that library bounds no whole request, hands out its own objects instead of the
raw body, and makes one error of "could not connect" (nothing was sent) and "no answer" (it may have been).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call
from kikite.networks import raw
from kikite.networks.calling import USER_AGENT, origin, retry_after, secret
from kikite.networks.contract import (
    Account,
    Budget,
    Forbidden,
    Meter,
    NetworkTrouble,
    RateLimited,
    Renewal,
    Unauthorised,
    Unreachable,
    Unreadable,
    Urgency,
)
from kikite.networks.raw import Json

from . import places

PER_SECOND = 2000  # requests a second that LINE takes of one channel, of each kind
_SHORTEST = timedelta(seconds=1)


class Api:
    """Requests for one channel. A kind of request that LINE limits holds back all of its kind, in every worker."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self._whose = f"bot/{account.key or 'new'}"
        self._meter = meter
        self._client = httpx.Client(
            base_url=origin(account.base_url or places.API),
            headers={"Authorization": f"Bearer {secret(account, 'access_token') or 'none'}", "User-Agent": USER_AGENT},
            transport=DeadlineTransport(timeout),
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        kind: str = "read",
        urgency: Urgency = Urgency.CATCHING_UP,
        data: Mapping[str, object] | None = None,
        retry_key: str = "",
    ) -> Answer:
        """One request, one answer of whatever status. Raises httpx.TransportError, RateLimited (then nothing left)."""
        self._meter.ask(f"{self._whose}/{kind}", urgency)
        headers = {"X-Line-Retry-Key": retry_key} if retry_key else {}
        answer = call(self._client, self._client.build_request(method, path, json=data, headers=headers))
        if answer.status == 429 and not is_quota(answer):
            ends = retry_after(answer.headers) or datetime.now(UTC) + _SHORTEST
            self._meter.told(f"{self._whose}/{kind}", Budget(PER_SECOND, 0, ends))
        return answer

    def do(self, method: str, path: str, kind: str, data: Mapping[str, object] | None = None) -> Answer:
        """A request that must succeed. Raises NetworkTrouble."""
        try:
            answer = self.ask(method, path, kind=kind, data=data)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if answer.status // 100 != 2:
            raise trouble(answer)
        return answer

    def read(self, path: str, kind: str = "read") -> Json:
        """The object that a GET answers. Raises NetworkTrouble."""
        return _object(self.do("GET", path, kind))

    def quota(self, limit: int, used: int, ends: datetime) -> None:
        """This month's messages, as a budget that pages show. Nothing asks it: LINE itself refuses what is too much,
        and a plan may grow within the month."""
        self._meter.told(f"{self._whose}/messages of this month", Budget(limit, max(0, limit - used), ends))

    def close(self) -> None:
        self._client.close()


def revoke(account: Account, timeout: float) -> None:
    """End a token of ours. Raises NetworkTrouble."""
    answer = _open(account, timeout, "/v2/oauth/revoke", {"access_token": account.secrets.get("access_token", "")})
    if answer.status != 200:
        raise trouble(answer)


def issue(account: Account, timeout: float) -> Renewal:
    """A new token for a channel's id and secret, good for 30 days. Raises NetworkTrouble.

    LINE keeps the 30 newest of a channel, so the one before goes on until its own end.
    """
    form = {
        "grant_type": "client_credentials",
        "client_id": account.secrets.get("channel_id", "").strip(),
        "client_secret": account.secrets.get("channel_secret", "").strip(),
    }
    answer = _open(account, timeout, "/v2/oauth/accessToken", form)
    if answer.status in (400, 401):
        raise Unauthorised(sentence(answer))
    if answer.status != 200:
        raise trouble(answer)
    said = _object(answer)
    token, seconds = raw.maybe_text(said, "access_token"), raw.count(said, "expires_in")
    if not token or not seconds:
        raise Unreachable("LINE's answer holds no token")
    return Renewal({**account.secrets, "access_token": token}, datetime.now(UTC) + timedelta(seconds=seconds))


def _open(account: Account, timeout: float, path: str, form: Mapping[str, str]) -> Answer:
    """A request about tokens, which needs none."""
    with httpx.Client(base_url=origin(account.base_url or places.API), transport=DeadlineTransport(timeout)) as client:
        try:
            return call(client, client.build_request("POST", path, data=form))
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error


def trouble(answer: Answer) -> NetworkTrouble:
    """What an unsuccessful answer to a reading request means."""
    if answer.status == 401:
        return Unauthorised(sentence(answer))
    if answer.status == 403:
        return Forbidden(sentence(answer))
    if answer.status == 429:
        return RateLimited(retry_after(answer.headers), sentence(answer))
    return Unreachable(f"{answer.status}: {sentence(answer)}")


def sentence(answer: Answer) -> str:
    """LINE's own words on what is wrong, with the fields that it names, at most 500 characters."""
    said = maybe(answer)
    words = [word for name in ("message", "error_description", "error") if (word := raw.maybe_text(said, name))]
    if not words:
        return f"LINE answered {answer.status}"
    found = raw.maybe_objects(said, "details")
    details = [f"{raw.maybe_text(one, 'property')}: {raw.maybe_text(one, 'message')}" for one in found]
    return "; ".join([words[0], *details])[:500]


def is_quota(answer: Answer) -> bool:
    """A 429 that ends with the month, not with the second."""
    return "monthly limit" in sentence(answer).lower()


def maybe(answer: Answer) -> Json:
    """The object that an answer holds, or an empty one."""
    try:
        return raw.parse(answer.body)
    except Unreadable:
        return {}


def _object(answer: Answer) -> Json:
    try:
        return raw.parse(answer.body)
    except Unreadable as error:
        raise Unreachable(f"This is no answer of LINE: {error}") from error
