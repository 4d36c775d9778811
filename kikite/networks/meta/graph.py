"""Requests to a Graph API with one token.

Plain httpx: Meta's own SDKs keep no raw body, bound no whole request, and do not tell "could not connect" from "no
answer". The token travels in a header, so that no log of addresses holds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call
from kikite.networks.calling import USER_AGENT, in_header, origin, skew
from kikite.networks.contract import Budget, Meter, Unreachable, Unreadable, Urgency
from kikite.networks.raw import Json, as_object, maybe_object, maybe_text, parse, value_of

from . import errors, usage
from .signing import digest

VERSION = "v24.0"
type Fields = Mapping[str, str]
type Files = Mapping[str, tuple[str, bytes, str]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the token, the secret that it is proven with ("" where a network knows no proof), and the buckets of
    the meter that every request counts in."""

    token: str
    secret: str = ""
    buckets: tuple[str, ...] = ()


class Graph:
    """`told` hears of the tightest budget of each answer."""

    def __init__(
        self,
        base_url: str,
        caller: Caller,
        timeout: float,
        meter: Meter,
        told: Callable[[Budget], None] | None = None,
    ) -> None:
        self._caller = caller
        self._meter = meter
        self._told = told
        self._skew = timedelta(0)
        self._client = httpx.Client(
            base_url=origin(base_url), transport=DeadlineTransport(timeout), headers={"User-Agent": USER_AGENT}
        )

    def there(self, moment: datetime) -> datetime:
        """A time of our clock by the server's, which its posts are dated by."""
        return moment + self._skew

    def now(self) -> datetime:
        return self.there(datetime.now(UTC))

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Fields | None = None,
        data: Fields | None = None,
        body: Mapping[str, object] | None = None,
        files: Files | None = None,
        urgency: Urgency = Urgency.SENDING,
        caller: Caller | None = None,
        bare: bool = False,
    ) -> Answer:
        """One request, one answer of whatever status. `bare` paths have no version before them. Raises RateLimited
        (of the meter: nothing was asked) and httpx.TransportError."""
        caller = caller or self._caller
        for bucket in caller.buckets:
            self._meter.ask(bucket, urgency)
        request = self._client.build_request(
            method,
            path if bare else f"/{VERSION}{path}",
            params={**(query or {}), **_proof(caller)},
            headers={"Authorization": f"Bearer {in_header(caller.token)}"} if caller.token else {},
            data=data,
            json=body,
            files=files,
        )
        answer = call(self._client, request)
        self._hear(answer, caller)
        return answer

    def read(
        self,
        path: str,
        query: Fields | None = None,
        *,
        urgency: Urgency = Urgency.CATCHING_UP,
        caller: Caller | None = None,
        bare: bool = False,
    ) -> Json:
        """The JSON object that a GET answers. Raises NetworkTrouble."""
        return self.told(lambda: self.ask("GET", path, query=query, urgency=urgency, caller=caller, bare=bare))

    def told(self, ask: Callable[[], Answer]) -> Json:
        """The JSON object that a request answers, when it is no error. Raises NetworkTrouble."""
        try:
            answer = ask()
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if errors.failed(answer):
            raise errors.trouble(answer)
        try:
            return parse(answer.body)
        except Unreadable as error:
            raise Unreachable(f"The server's answer cannot be read: {error}") from error

    def pages(
        self,
        path: str,
        query: Fields,
        *,
        most: int,
        caller: Caller | None = None,
        urgency: Urgency = Urgency.CATCHING_UP,
    ) -> Iterator[tuple[list[Json], str]]:
        """Pages of a list, at most so many, each with the cursor behind it ("" behind the last)."""
        after = query.get("after", "")
        for _ in range(most):
            page = self.read(path, {**query, **({"after": after} if after else {})}, caller=caller, urgency=urgency)
            after = behind(page)
            yield elements(page), after
            if not after:
                return

    def batch(self, addresses: Sequence[str]) -> list[Answer]:
        """Several GETs in one request, at most 50; an answer each, in their order. Raises NetworkTrouble."""
        wanted = json.dumps([{"method": "GET", "relative_url": f"{VERSION}/{address}"} for address in addresses])
        try:
            answer = self.ask(
                "POST", "/", data={"batch": wanted, "include_headers": "false"}, urgency=Urgency.SEARCHING, bare=True
            )
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if errors.failed(answer):
            raise errors.trouble(answer)
        return _answers(answer, len(addresses))

    def _hear(self, answer: Answer, caller: Caller) -> None:
        self._skew = skew(answer.headers)
        tightest: Budget | None = None
        for whose, budget in usage.budgets(answer.headers):
            self._meter.told(bucket(whose, caller), budget)
            if tightest is None or budget.remaining < tightest.remaining:
                tightest = budget
        if tightest is not None and self._told is not None:
            self._told(tightest)
        self._note_limit(answer, caller)

    def _note_limit(self, answer: Answer, caller: Caller) -> None:
        """A refusal that says until when it holds is a budget of nothing."""
        if answer.status // 100 == 2 or not caller.buckets:
            return
        problem = errors.failure(answer)
        if problem.limited and problem.until:
            self._meter.told(caller.buckets[-1], Budget(usage.WHOLE, 0, problem.until))

    def close(self) -> None:
        self._client.close()


def bucket(whose: str, caller: Caller) -> str:
    """The meter's name of a limit. The app's and the Page's are the caller's first and last."""
    if whose == "app" and caller.buckets:
        return caller.buckets[0]
    if whose == "page" and caller.buckets:
        return caller.buckets[-1]
    return whose


def elements(page: Json) -> list[Json]:
    """The objects of a list. What is no list is not Graph's answer. Raises Unreachable."""
    data = page.get("data")
    if not isinstance(data, list):
        raise Unreachable("The server's answer holds no list.")
    return [one for one in data if isinstance(one, dict)]


def behind(page: Json) -> str:
    """The cursor behind a page, "" when nothing follows. The address in `next` is never followed as it stands."""
    paging = maybe_object(page, "paging")
    return maybe_text(maybe_object(paging, "cursors"), "after")[:2000] if maybe_text(paging, "next") else ""


def _proof(caller: Caller) -> dict[str, str]:
    if not (caller.token and caller.secret):
        return {}
    return {"appsecret_proof": digest(caller.secret, in_header(caller.token).encode())}


def _answers(answer: Answer, count: int) -> list[Answer]:
    """The answers in a batch's answer. One that was not worked on in time is null: nobody knows."""
    try:
        found = value_of(answer.body)
        if not isinstance(found, list) or len(found) != count:
            raise Unreadable("not as many answers as questions")
        return [_one(as_object(one, "an answer")) if one is not None else _UNANSWERED for one in found]
    except Unreadable as error:
        raise Unreachable(f"The server's answer cannot be read: {error}") from error


def _one(data: Json) -> Answer:
    status, body = data.get("code"), data.get("body")
    if not isinstance(status, int) or not isinstance(body, str):
        raise Unreadable("an answer without a code and a body")
    return Answer(status, httpx.Headers(), body.encode(errors="replace"))


_UNANSWERED = Answer(503, httpx.Headers(), b"")
