"""Requests to the API of X for one account: credentials, limits, costs and whole-request deadlines.

Plain httpx instead of the official `xdk`: that library hands out objects of its own, so the raw body that deliveries
must keep is gone, it bounds no whole request, and it does not tell "could not connect" (nothing was posted) from "no
answer" (it may have been).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import httpx

from kikite.lib.http import Answer, DeadlineTransport, call
from kikite.networks import raw
from kikite.networks.calling import USER_AGENT, origin, secret, skew
from kikite.networks.contract import Account, Budget, Forbidden, Meter, Unauthorised, Unreachable, Urgency
from kikite.networks.raw import Json

from . import answers, oauth1
from .limits import ME, Limit
from .media_in import PRIVATE_PATH
from .raw import either, maybe_number

type Query = Mapping[str, str]
type Files = Mapping[str, tuple[str, bytes, str]]

NEEDS_THE_APP = "This needs the app's own bearer token, which this channel does not have."


class Api:
    """One conversation. `windows` holds what the newest answers told of each limit, by its name."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self.account = account
        self.meter = meter
        self.windows: dict[str, Budget] = {}
        self._skew = timedelta(0)
        self._app = hashlib.sha256(app_of(account).encode()).hexdigest()[:16]
        self._me = account.key
        self._client = httpx.Client(
            base_url=origin(account.base_url),
            headers={"User-Agent": USER_AGENT},
            transport=DeadlineTransport(timeout),
        )

    @property
    def me(self) -> str:
        """Our own account's id. Raises NetworkTrouble where it must be asked for."""
        self._me = self._me or whose(self)
        return self._me

    def now(self) -> datetime:
        return self.there(datetime.now(UTC))

    def there(self, moment: datetime) -> datetime:
        """A time of our clock by X's, which its posts are dated by."""
        return moment + self._skew

    def ask(
        self,
        method: str,
        path: str,
        limit: Limit,
        *,
        urgency: Urgency = Urgency.CATCHING_UP,
        query: Query | None = None,
        data: Json | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
    ) -> Answer:
        """One request, one answer of whatever status. Raises RateLimited unasked while the limit is used up, Forbidden
        where the app's token is needed and missing, and httpx.TransportError."""
        for bucket in self._buckets(limit):
            self.meter.ask(bucket, urgency)
        request = self._client.build_request(method, path, params=query or None, json=data, data=form, files=files)
        request.headers["Authorization"] = self.authorization(request, app=limit.app)
        answer = call(self._client, request)
        self._skew = skew(answer.headers)
        self._learn(limit, answer)
        return answer

    def read(self, path: str, limit: Limit, query: Query, urgency: Urgency = Urgency.CATCHING_UP) -> Json:
        """The document of a successful GET. Raises NetworkTrouble."""
        return self.expect("GET", path, limit, query=query, urgency=urgency)

    def expect(
        self,
        method: str,
        path: str,
        limit: Limit,
        *,
        query: Query | None = None,
        data: Json | None = None,
        urgency: Urgency = Urgency.CATCHING_UP,
    ) -> Json:
        """The document of an answer that must be a success. Raises NetworkTrouble."""
        try:
            answer = self.ask(method, path, limit, query=query, data=data, urgency=urgency)
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if answer.status not in (200, 201):
            raise answers.trouble(answer, app=limit.app)
        return answers.document(answer)

    def charge(self, what: str, document: Json) -> None:
        """Tell the meter what an answer brought: X charges for every thing in it, also for what came along."""
        self.meter.spent(what, _keys(document.get("data")))
        includes = raw.maybe_object(document, "includes")
        self.meter.spent("user.read", _keys(includes.get("users")))
        self.meter.spent("post.read", _keys(either(includes, "posts", "tweets")))

    def authorization(self, request: httpx.Request, *, app: bool) -> str:
        """The header that proves who asks: the app or the account. Raises Forbidden without the app's token."""
        if not app:
            return _proof(self.account, request, self.now())
        token = secret(self.account, "bearer_token")
        if not token:
            raise Forbidden(NEEDS_THE_APP)
        return f"Bearer {token}"

    def close(self) -> None:
        self._client.close()

    def bucket(self, limit: Limit, of: str = "") -> str:
        whose_it_is = of or ("app" if limit.app else "user")
        return f"app/{self._app}/{limit.name}" if whose_it_is == "app" else f"user/{self._me or 'new'}/{limit.name}"

    def _buckets(self, limit: Limit) -> Iterable[str]:
        return (self.bucket(limit), *(f"{self.bucket(limit, of)}/day" for of in limit.days))

    def _learn(self, limit: Limit, answer: Answer) -> None:
        window = answers.budget(answer)
        if window is not None:
            self.meter.told(self.bucket(limit), window)
            self.windows[limit.name] = window
        for of in limit.days:
            day = answers.budget(answer, answers.DAYS[of])
            if day is not None:
                self.meter.told(f"{self.bucket(limit, of)}/day", day)


def app_of(account: Account) -> str:
    """What tells one app from another: its limits are its own."""
    return secret(account, "client_id") or secret(account, "consumer_key") or secret(account, "bearer_token")


def whose(api: Api) -> str:
    """The id of the account that the credentials belong to. Raises NetworkTrouble."""
    document = api.read("/2/users/me", ME, {})
    key = maybe_number(raw.maybe_object(document, "data").get("id"))
    if not key:
        raise Unauthorised("X does not say whose these credentials are.")
    return key


def private_media_headers(account: Account, url: str) -> Mapping[str, str]:
    """Pictures of private messages are handed out to the account alone."""
    if not url.startswith(f"{account.base_url.rstrip('/')}{PRIVATE_PATH}"):
        return {}
    return {"Authorization": _proof(account, httpx.Request("GET", url), datetime.now(UTC))}


def _proof(account: Account, request: httpx.Request, now: datetime) -> str:
    """The account's token, or a signature by its four keys."""
    keys = _four_keys(account)
    if keys is None:
        return f"Bearer {secret(account, 'access_token')}"
    url, sent = str(request.url.copy_with(query=None, fragment=None)), request.url.params.multi_items()
    moment = int(now.timestamp())
    return oauth1.header(keys, request.method, url, sent, nonce=secrets.token_hex(16), timestamp=moment)


def _four_keys(account: Account) -> oauth1.Keys | None:
    """None where the account signs in by OAuth 2."""
    if not account.secrets.get("token_secret"):
        return None
    names = ("consumer_key", "consumer_secret", "access_token", "token_secret")
    return oauth1.Keys(*(secret(account, name) for name in names))


def _keys(things: object) -> list[str]:
    listed = things if isinstance(things, list) else [things]
    return [key for one in listed if isinstance(one, dict) and (key := raw.maybe_id(one, "id"))]
