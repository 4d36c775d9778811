"""A signed-in conversation with LINE for one official account."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import httpx

from kikite.networks import raw
from kikite.networks.base import BaseConnection
from kikite.networks.calling import later, lost
from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Finding,
    Forbidden,
    Identity,
    Meter,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    Reason,
    Refused,
    Renewal,
    Signal,
    Unknown,
    Unreachable,
    Unreadable,
    Urgency,
    Visibility,
)
from kikite.networks.raw import Json

from .client import Api, issue, trouble
from .outcomes import outcome
from .translate import author

LENGTH = 5000  # UTF-16 code units of one text
TYPING = 20  # seconds that LINE shows it unless our message comes first: 5 to 60, in fives
_MONTHS = timezone(timedelta(hours=9))  # by whose calendar the month of messages is reckoned


class LineConnection(BaseConnection):
    """See `contract.Connection`."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self.timeout = timeout
        self._account = account
        self._meter = meter
        self._api = Api(account, timeout, meter)
        # Retry keys that LINE refused the message of: whatever came before, it had not taken it.
        self._refused: set[str] = set()

    def close(self) -> None:
        self._api.close()

    # --- reading ---

    def identify(self) -> Identity:
        issued = self._issue() if self._account.secrets.get("channel_id") else None
        info = self._api.read("/v2/bot/info")
        try:
            bot = self._bot(info)
        except Unreadable as error:
            raise Unreachable(f"This is no answer of LINE: {error}") from error
        settings: dict[str, object] = {
            "chat": info.get("chatMode") == "chat",
            "issued": issued is not None,
            **self._quota(),
        }
        if issued is None:
            return Identity(bot, settings)
        return Identity(bot, settings, issued.secrets, expires_at=issued.expires_at)

    def _issue(self) -> Renewal:
        """A token of our own for the channel's id and secret, used from now on."""
        issued = issue(self._account, self.timeout)
        self._api.close()
        self._api = Api(replace(self._account, secrets=issued.secrets), self.timeout, self._meter)
        return issued

    def _bot(self, info: Json) -> Author:
        handle = raw.maybe_text(info, "premiumId") or raw.text(info, "basicId")
        return Author(
            key=raw.identifier(info.get("userId"), "userId"),
            handle=handle.removeprefix("@")[:200],
            name=raw.maybe_text(info, "displayName"),
            avatar=raw.web_address(info, "pictureUrl"),
        )

    def poll(self, cursor: str) -> Page:
        """Nothing: LINE tells everything by webhook and keeps no list. It proves that the token lives, and asks how
        much of the month's messages is left."""
        self._quota()
        return Page((), cursor)

    def _quota(self) -> dict[str, object]:
        """What of the month's messages may be sent and has been; no limit is None."""
        quota = self._api.read("/v2/bot/message/quota")
        used = raw.count(self._api.read("/v2/bot/message/quota/consumption"), "totalUsage") or 0
        limit = raw.count(quota, "value") if quota.get("type") == "limited" else None
        if limit is not None:
            self._api.quota(limit, used, _next_month())
        return {"quota": limit, "quota_used": used}

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        """Of those who are friends of the account; LINE tells nothing of others."""
        return [found for key in keys if (found := self._profile(key)) is not None]

    def _profile(self, key: str) -> Author | None:
        try:
            answer = self._api.ask("GET", f"/v2/bot/profile/{raw.identifier(key)}", kind="profile")
        except Unreadable:
            return None
        except httpx.TransportError as error:
            raise Unreachable(str(error) or type(error).__name__) from error
        if answer.status in (400, 404):
            return None
        if answer.status != 200:
            raise trouble(answer)
        try:
            told = raw.parse(answer.body)
        except Unreadable:
            return None
        return replace(
            author(key), name=raw.maybe_text(told, "displayName"), avatar=raw.web_address(told, "pictureUrl")
        )

    # --- the webhook ---

    def subscribe(self, hook: str) -> Mapping[str, object]:
        """Raises Forbidden when the address is set, but somebody has to switch its use on in LINE's console."""
        path = "/v2/bot/channel/webhook/endpoint"
        self._api.do("PUT", path, "webhook", {"endpoint": hook})
        if self._api.read(path, kind="webhook").get("active") is not True:
            raise Forbidden("LINE has our address, but does not call it: switch “Use webhook” on in LINE's console.")
        return {"webhook": hook}

    # --- writing ---

    def send(self, part: Part) -> Outcome:
        refused = _unsendable(part)
        if refused is not None:
            return refused
        to = part.thread or (part.to.key if part.to else "")
        data = {"to": to, "messages": [{"type": "text", "text": part.text}]}
        try:
            answer = self._api.ask(
                "POST", "/v2/bot/message/push", kind="push", urgency=Urgency.SENDING, data=data,
                retry_key=str(UUID(hex=part.key)),
            )  # fmt: skip
        except httpx.TransportError as error:
            return lost(error)
        except NetworkTrouble as held:
            return later(held)
        became = outcome(answer)
        if answer.status == 400:
            self._refused.add(part.key)
        return became

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """LINE cannot be asked what was sent. Its word on a retry key is the only one: a key whose message it has
        just refused was never taken."""
        if part.key in self._refused:
            return Absent()
        return Unknown("LINE keeps no list of what was sent. For 24 hours, sending the same key again tells.")

    def delete(self, key: str) -> Outcome:
        return Refused(Reason.FORBIDDEN, "LINE has no way to take a message back that an account sent.")

    def signal(self, to: Author, thread: str, signal: Signal) -> None:
        """In a group LINE shows nobody that we write."""
        if signal is Signal.TYPING and thread in ("", to.key):
            data = {"chatId": to.key, "loadingSeconds": TYPING}
            self._api.do("POST", "/v2/bot/chat/loading/start", "signal", data)


def _unsendable(part: Part) -> Refused | None:
    if part.visibility is not Visibility.PRIVATE:
        return Refused(Reason.INVALID, "LINE has no public posts: an account answers people one by one.")
    if not part.thread and part.to is None:
        return Refused(Reason.INVALID, "A message needs somebody to go to.")
    if part.media:
        return Refused(Reason.MEDIA, "LINE takes pictures only by public web addresses, which the desk has none of.")
    if len(part.text.encode("utf-16-le", "surrogatepass")) // 2 > LENGTH:
        return Refused(Reason.TOO_LONG, f"At most {LENGTH} characters.")
    return None


def _next_month() -> datetime:
    now = datetime.now(_MONTHS)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1).astimezone(UTC)
