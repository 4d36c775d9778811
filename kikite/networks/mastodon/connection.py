"""A signed-in conversation with one Mastodon server."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from functools import cached_property

import httpx

from kikite.networks import raw
from kikite.networks.base import UNMETERED, BaseConnection
from kikite.networks.calling import later, lost
from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Budget,
    Delivery,
    Finding,
    Identity,
    Meter,
    Moderation,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
    Unreachable,
    Unreadable,
    Urgency,
    Visibility,
)
from kikite.networks.counting import weight
from kikite.networks.raw import Json

from . import outcomes, polling, searching, streaming
from .addressing import addressed, overheard, unaddressed
from .client import DELETES, Api
from .instance import described, domain_of, limits
from .media import NotUploaded, untaken, upload
from .plaintext import comparable, plain
from .translate import Place, author

VISIBILITIES = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.PRIVATE: "direct",
}
_ACTS = {Moderation.LIKE: "favourite", Moderation.UNLIKE: "unfavourite"}
_LOOKED_BACK = 25  # pages of our own newest posts
_EARLIER = timedelta(seconds=5)  # clocks: a post may be dated this much before it was written


class MastodonConnection(BaseConnection):
    """See `contract.Connection`. Tokens of Mastodon live until they are revoked."""

    def __init__(self, account: Account, timeout: float, meter: Meter = UNMETERED) -> None:
        self.timeout = timeout
        self._account = account
        self._api = Api(account, timeout, self._told, meter)
        self._domain = domain_of(account)

    def _told(self, budget: Budget) -> None:
        self.budget = budget

    def close(self) -> None:
        self._api.close()

    # --- reading ---

    def identify(self) -> Identity:
        settings = described(self._api, self._account.base_url)
        place = Place("", str(settings["domain"]))
        return Identity(self._whoami(place), settings)

    def _whoami(self, place: Place) -> Author:
        try:
            return author(raw.parse(self._api.read("/api/v1/accounts/verify_credentials")), place)
        except Unreadable as error:
            raise Unreachable(f"This is no Mastodon server: {error}") from error

    @cached_property
    def _me(self) -> str:
        return self._account.key or self._whoami(Place("", self._domain)).key

    def poll(self, cursor: str) -> Page:
        return polling.Poll(self._api, self._me, cursor).page()

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        """The posts as they are now: a status for each that stands, a deletion for each that does not."""
        return tuple(delivery for _, delivery, _ in polling.refresh(self._api, keys))

    def stream(self) -> Iterator[Delivery | None]:
        return streaming.stream(self._account, self._me, self.timeout)

    def search(self, query: str, cursor: str) -> Page:
        return searching.search(self._api, query, cursor)

    def listen(self, queries: Sequence[str]) -> Iterator[Delivery | None]:
        return streaming.listen(self._account, queries, self.timeout)

    # --- writing ---

    def send(self, part: Part) -> Outcome:
        refused = self._unsendable(part)
        if refused is not None:
            return refused
        try:
            pictures = [upload(self._api, medium) for medium in part.media]
            answer = self._api.ask(
                "POST", "/api/v1/statuses", data=self._status(part, pictures), key=part.key, urgency=Urgency.SENDING
            )
        except NotUploaded as problem:
            return problem.outcome
        except NetworkTrouble as held:
            return later(held)
        except httpx.TransportError as error:
            return lost(error)
        if answer.status // 100 != 2:
            return outcomes.refusal(answer, replying=bool(part.reply_to))
        return outcomes.sent(answer)

    def _unsendable(self, part: Part) -> Refused | None:
        most = limits(self._account)
        if weight(unaddressed(part, self._domain), most) + len(part.warning) > most.length:
            return Refused(Reason.TOO_LONG, f"At most {most.length} characters, besides the name of whom it answers.")
        if part.visibility is Visibility.PRIVATE and part.to is None:
            return Refused(Reason.INVALID, "A private message needs somebody to go to.")
        others = overheard(part, self._account.handle, self._domain)
        if others:
            names = ", ".join(f"@{name}" for name in others)
            return Refused(Reason.INVALID, f"Mastodon shows a private message to everybody it names: {names}.")
        return untaken(part.media, most)

    def _status(self, part: Part, pictures: Sequence[str]) -> dict[str, object]:
        status: dict[str, object] = {
            "status": addressed(part, self._domain),
            "visibility": VISIBILITIES[part.visibility],
        }
        if part.reply_to:
            status["in_reply_to_id"] = part.reply_to
        if part.warning:
            status |= {"spoiler_text": part.warning, "sensitive": True}
        if part.lang:
            status["language"] = part.lang
        if pictures:
            status["media_ids"] = list(pictures)
        return status

    def delete(self, key: str) -> Outcome:
        try:
            path = f"/api/v1/statuses/{raw.identifier(key)}"
            answer = self._api.ask("DELETE", path, limit=DELETES, urgency=Urgency.SENDING)
        except Unreadable as error:
            return Refused(Reason.INVALID, str(error))
        except NetworkTrouble as held:
            return later(held)
        except httpx.TransportError as error:
            return lost(error)
        if answer.status in (200, 204, 404, 410):
            return Sent(key)
        return outcomes.refusal(answer, replying=False)

    def moderate(self, key: str, act: Moderation) -> Outcome:
        """A favourite, given or taken back."""
        verb = _ACTS.get(act)
        if verb is None:
            return super().moderate(key, act)
        try:
            answer = self._api.ask("POST", f"/api/v1/statuses/{raw.identifier(key)}/{verb}", urgency=Urgency.SENDING)
        except Unreadable as error:
            return Refused(Reason.INVALID, str(error))
        except NetworkTrouble as held:
            return later(held)
        except httpx.TransportError as error:
            return lost(error)
        return Sent(key) if answer.status // 100 == 2 else outcomes.refusal(answer, replying=True)

    # --- looking up ---

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Among our newest posts, the one with this part's words, answering the same post, not older than the part,
        and known to be no other part."""
        try:
            for status in self._own_since(part):
                key = raw.identifier(status.get("id"))
                if key not in taken and self._same(part, status):
                    return Sent(key, raw.web_address(status, "url"), raw.time(status, "created_at"))
            return Absent()
        except _TooMany:
            return Unknown("More was posted since than can be looked through.")
        except Unreadable as error:
            return Unknown(f"The server's answer is unreadable: {error}")
        except NetworkTrouble as trouble:
            return later(trouble)

    def _own_since(self, part: Part) -> Iterator[Json]:
        """Our own posts, newest first, back to when the part was written."""
        before: dict[str, str] = {}
        for _ in range(_LOOKED_BACK):
            query = {"limit": str(polling.PAGE), "exclude_reblogs": "true", **before}
            body = self._api.read(f"/api/v1/accounts/{self._me}/statuses", query, Urgency.SENDING)
            page = [raw.as_object(one, "an element") for _, one in raw.items(body)]
            for status in page:
                if raw.time(status, "created_at") < self._api.there(part.written_at) - _EARLIER:
                    return
                yield status
            if not page:
                return
            before = {"max_id": raw.identifier(page[-1].get("id"))}
        raise _TooMany

    def _same(self, part: Part, status: Json) -> bool:
        if raw.text(status, "visibility") != VISIBILITIES[part.visibility]:
            return False
        if raw.optional_id(status, "in_reply_to_id") != part.reply_to:
            return False
        if comparable(raw.text(status, "spoiler_text")) != comparable(part.warning):
            return False
        ours = comparable(addressed(part, self._domain))
        return comparable(plain(raw.text(status, "content"))) == ours or comparable(self._source(status)) == ours

    def _source(self, status: Json) -> str:
        """The text as it was written: some servers take asterisks and the like for markup."""
        body = self._api.read(f"/api/v1/statuses/{raw.identifier(status.get('id'))}/source")
        return raw.text(raw.parse(body), "text")


class _TooMany(Exception):
    pass
