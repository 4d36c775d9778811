"""Reading private messages: what the log of our account in the chat service says, and, at first and after a long
time away, the conversations themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..contract import Delivery
from . import raw
from .addresses import CONVO, is_id
from .chat import Chat, Convo
from .raw import Json
from .watching import told
from .xrpc import Refusal

TOLD = frozenset({"logCreateMessage", "logDeleteMessage", "logAddReaction", "logRemoveReaction"})
# Nobody says how long the log reaches back: after so long the conversations are read too.
AWAY = timedelta(hours=12)
CONVERSATIONS = 50  # the newest, that are looked through
MESSAGES = 100  # of one conversation, in one answer
AT_FIRST = timedelta(days=7)  # how far back, when we have never read
A_TURN = 5  # conversations that one poll looks through


@dataclass(frozen=True, slots=True)
class Cursor:
    """`rev` is the last entry of the log that we read, `at` when that was. `todo` are conversations still to be looked
    through, back to `since`. Times are ISO 8601."""

    rev: str = ""
    at: str = ""
    since: str = ""
    todo: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: object) -> Cursor:
        """A cursor of ours; anything else is the beginning."""
        try:
            assert isinstance(values, Mapping)
            kept: Any = dict(values)
            return cls(**(kept | {"todo": tuple(map(str, kept["todo"]))}))
        except (AssertionError, TypeError, KeyError):
            return cls()

    @property
    def values(self) -> Json:
        return asdict(self)


class Conversations:
    """Private messages of one account."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def page(self, cursor: Cursor) -> tuple[tuple[Delivery, ...], Cursor, bool]:
        """(deliveries, the cursor after them, whether more waits). Raises NetworkTrouble."""
        now = datetime.now(UTC)
        if not cursor.todo:
            cursor = self._begun(cursor, now)
        if cursor.todo:
            turn, rest = cursor.todo[:A_TURN], cursor.todo[A_TURN:]
            since = _time(cursor.since) or now - AT_FIRST
            found = [one for convo in turn for one in self._said_in(convo, since)]
            return tuple(found), replace(cursor, todo=rest), True
        try:
            entries, rev = self._log(cursor.rev)
        except Refusal:  # the service no longer knows our place in its log
            return (), Cursor(since=cursor.at, at=cursor.at), True
        deliveries = tuple(self._deliveries(entries))
        return deliveries, replace(cursor, rev=rev, at=now.isoformat()), bool(entries)

    # --- the log ---

    def _log(self, rev: str) -> tuple[list[Json], str]:
        """The entries after `rev`, in their order, and the place after them. Raises Refusal, NetworkTrouble."""
        answer = self._chat.read("getLog", {"cursor": rev} if rev else {})
        entries = sorted(raw.objects(answer, "logs"), key=_rev)
        return entries, max([rev, raw.text(answer, "cursor"), *map(_rev, entries)])

    def _deliveries(self, entries: Iterable[Json]) -> Iterator[Delivery]:
        for entry in entries:
            convo_id = raw.text(entry, "convoId")
            if _kind(entry) in TOLD and is_id(convo_id):
                convo = self._chat.convo(convo_id) or Convo(convo_id)
                if convo.direct:
                    yield _delivery(entry, convo)

    # --- the conversations ---

    def _begun(self, cursor: Cursor, now: datetime) -> Cursor:
        """Begin to look through the conversations, when we never read or were away for long."""
        read = _time(cursor.at)
        if cursor.rev and read and now - read < AWAY:
            return cursor
        since = (_time(cursor.since) or read or now - AT_FIRST + AWAY) - AWAY
        rev = cursor.rev or self._log("")[1]
        todo = tuple(self._active(since))
        return Cursor(rev, now.isoformat(), since.isoformat(), todo)

    def _active(self, since: datetime) -> Iterator[str]:
        """Conversations in which something was said after `since`."""
        answer = self._chat.read("listConvos", {"limit": CONVERSATIONS})
        for view in raw.objects(answer, "convos"):
            convo = self._chat.keep(view)
            last = raw.maybe_time(raw.maybe_object(view, "lastMessage"), "sentAt")
            if convo and convo.direct and last and last >= since:
                yield convo.id

    def _said_in(self, convo_id: str, since: datetime) -> list[Delivery]:
        """What was said in a conversation after `since`, oldest first: at most one answer's worth."""
        convo = self._chat.convo(convo_id)
        if convo is None:
            return []
        try:
            answer = self._chat.read("getMessages", {"convoId": convo_id, "limit": MESSAGES})
        except Refusal:
            return []
        found = [view for view in raw.objects(answer, "messages") if _is_since(view, since)]
        return [_delivery(_as_entry(view, convo_id), convo) for view in reversed(found) if _is_word(view)]


def _is_since(view: Json, since: datetime) -> bool:
    sent = raw.maybe_time(view, "sentAt")
    return sent is not None and sent >= since


def _is_word(view: Json) -> bool:
    """Somebody's, also when it was hidden since; not the service's own lines."""
    return raw.text(view, "$type").endswith(("#messageView", "#deletedMessageView"))


def _as_entry(view: Json, convo_id: str) -> Json:
    """The message as the log would have told it."""
    kind = "logDeleteMessage" if raw.text(view, "$type").endswith("#deletedMessageView") else "logCreateMessage"
    return {"$type": CONVO + kind, "rev": raw.text(view, "rev"), "convoId": convo_id, "message": view}


def _delivery(entry: Json, convo: Convo) -> Delivery:
    """An entry with who is in its conversation. A message has the same key however we came to know of it."""
    kind, message = _kind(entry), raw.text(raw.maybe_object(entry, "message"), "id")
    mark = f" {_rev(entry)}" if kind.endswith("Reaction") else ""
    return told("chat", f"{kind} {convo.id}/{message}{mark}", {"entry": entry, "members": list(convo.members)})


def _kind(entry: Json) -> str:
    return raw.text(entry, "$type").removeprefix(CONVO)


def _rev(entry: Json) -> str:
    return raw.text(entry, "rev")


def _time(text: str) -> datetime | None:
    return raw.maybe_time({"at": text}, "at")
