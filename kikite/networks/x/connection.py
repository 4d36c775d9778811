"""A signed-in conversation with X."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kikite.networks import raw
from kikite.networks.base import BaseConnection
from kikite.networks.contract import (
    Account,
    Author,
    Delivery,
    Finding,
    Identity,
    Meter,
    Moderation,
    Outcome,
    Page,
    Part,
    Unreadable,
)

from . import fields, finding, identity, limits, listening, posting, streaming, subscribing
from .api import Api
from .people import author
from .polling import Poll
from .raw import maybe_number
from .refreshing import refresh

_PEOPLE_AT_ONCE = 100


class XConnection(BaseConnection):
    """See `contract.Connection`. Credentials are renewed beside it, by `Network.renew`."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self.timeout = timeout
        self._api = Api(account, timeout, meter)

    def close(self) -> None:
        self._api.close()

    # --- reading ---

    def identify(self) -> Identity:
        return identity.identify(self._api)

    def poll(self, cursor: str) -> Page:
        page = Poll(self._api, cursor).page()
        self.budget = self._api.windows.get(limits.MENTIONS.name)
        return page

    def stream(self) -> Iterator[Delivery | None]:
        return streaming.stream(self._api, self.timeout)

    def search(self, query: str, cursor: str) -> Page:
        return listening.search(self._api, query, cursor)

    def listen(self, queries: Sequence[str]) -> Iterator[Delivery | None]:
        return listening.listen(self._api, queries, self.timeout)

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        return tuple(state.delivery for state in refresh(self._api, keys))

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        found = []
        asked = [key for key in keys if maybe_number(key)]
        for start in range(0, len(asked), _PEOPLE_AT_ONCE):
            query = {"ids": ",".join(asked[start : start + _PEOPLE_AT_ONCE]), **fields.USERS}
            document = self._api.read("/2/users", limits.PEOPLE, query)
            self._api.charge("user.read", document)
            found += [one for data in raw.maybe_objects(document, "data") if (one := _author(data))]
        return found

    # --- being called ---

    def subscribe(self, hook: str) -> Mapping[str, object]:
        return subscribing.subscribe(self._api, hook)

    def unsubscribe(self) -> None:
        subscribing.unsubscribe(self._api)

    # --- writing ---

    def send(self, part: Part) -> Outcome:
        return posting.send(self._api, part)

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        return finding.find(self._api, part, taken)

    def delete(self, key: str) -> Outcome:
        return posting.delete(self._api, key)

    def moderate(self, key: str, act: Moderation) -> Outcome:
        return posting.moderate(self._api, key, act)


def _author(data: raw.Json) -> Author | None:
    try:
        return author(data)
    except Unreadable:
        return None
