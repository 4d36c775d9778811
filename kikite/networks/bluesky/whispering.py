"""Sending private messages. The chat service knows no key that makes one stand once, so a doubt is ended by looking."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from ..calling import later
from ..contract import (
    Absent,
    Author,
    Finding,
    Later,
    Limits,
    NetworkTrouble,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
)
from . import raw
from .addresses import is_id, whisper_key
from .chat import Chat
from .drafting import Stopped, check
from .facets import facets
from .limits import until
from .media import Place
from .raw import Json
from .xrpc import Refusal, Reply

LISTED = 100  # messages in one answer
LOOKED_BACK = 20  # answers
_EARLIER = timedelta(seconds=5)  # clocks: a message may be dated this much before it was written
# What the service says of people who do not want a word of ours, in its own names of errors.
_NO = {
    "MessagesDisabled": Reason.CLOSED,
    "NotFollowedBySender": Reason.CLOSED,
    "ConvoLocked": Reason.CLOSED,
    "BlockedActor": Reason.BLOCKED,
    "BlockedSubject": Reason.BLOCKED,
    "RecipientNotFound": Reason.GONE,
    "AccountSuspended": Reason.FORBIDDEN,
}


class Whispering:
    """Writes as `us` (a DID). `resolve` gives a handle's DID."""

    def __init__(self, chat: Chat, us: str, place: Place, limits: Limits, resolve: Callable[[str], str | None]) -> None:
        self._chat = chat
        self._us = us
        self._place = place
        self._limits = limits
        self._resolve = resolve

    def send(self, part: Part) -> Outcome:
        try:
            check(part, self._limits)
            message: Json = {"text": part.text}
            if found := facets(part.text, self._resolve):
                message["facets"] = found
            convo = self._place_of(part)
        except Stopped as stopped:
            return stopped.outcome
        except Refusal as refusal:
            return refused(refusal.reply)
        except NetworkTrouble as trouble:
            return later(trouble)
        reply = self._chat.write("sendMessage", {"convoId": convo, "message": message})
        if not isinstance(reply, Reply):
            return reply
        return self._sent(reply.data, convo) if reply.ok else refused(reply)

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Among our newest messages to them, the one with this part's words that is not older than the part."""
        try:
            convo = self._place_of(part)
            return self._find(part, convo, taken)
        except Stopped:
            return Absent()
        except Refusal as refusal:
            return Absent() if refusal.reply.error in _NO else Unknown(str(refusal))
        except NetworkTrouble as trouble:
            return later(trouble)

    def seen(self, to: Author, thread: str) -> None:
        """Mark a conversation as read. Raises NetworkTrouble."""
        try:
            reply = self._chat.write("updateRead", {"convoId": thread or self._chat.with_(to.key).id})
        except Refusal as refusal:
            raise NetworkTrouble(str(refusal)) from refusal
        if not isinstance(reply, Reply) or not reply.ok:
            raise NetworkTrouble(reply.said if isinstance(reply, Reply) else reply.detail)

    def _place_of(self, part: Part) -> str:
        """The conversation that the part goes to. Raises Stopped, Refusal, NetworkTrouble."""
        if is_id(part.thread):
            return part.thread
        if part.to is None:
            raise Stopped(Reason.INVALID, "a private message needs somebody to go to")
        return self._chat.with_(part.to.key).id

    def _find(self, part: Part, convo: str, taken: Collection[str]) -> Finding:
        query: dict[str, str | int | list[str]] = {"convoId": convo, "limit": LISTED}
        for _ in range(LOOKED_BACK):
            answer = self._chat.read("getMessages", query)
            for view in raw.objects(answer, "messages"):
                sent = raw.maybe_time(view, "sentAt")
                if sent is not None and sent < part.written_at - _EARLIER:
                    return Absent()
                if self._is(view, part) and whisper_key(convo, raw.text(view, "id")) not in taken:
                    return self._sent(view, convo)
            back = raw.text(answer, "cursor")
            if not back:
                return Absent()
            query["cursor"] = back
        return Unknown("more was said since than can be looked through")

    def _is(self, view: Json, part: Part) -> bool:
        by = raw.text(raw.maybe_object(view, "sender"), "did")
        return by == self._us and raw.text(view, "text") == raw.clean(part.text)

    def _sent(self, view: Json, convo: str) -> Sent | Unknown:
        message = raw.text(view, "id")
        if not is_id(message):
            return Unknown("the chat service took it but does not say under which name")
        return Sent(whisper_key(convo, message), self._place.conversation(convo), raw.maybe_time(view, "sentAt"))


def refused(reply: Reply) -> Refused | Later | Unknown:
    """What an answer other than 200 means for a private message."""
    if reply.status == 429:
        return Later(Reason.RATE_LIMITED, until(reply.headers), reply.said)
    if reply.unprivileged:
        return Refused(Reason.FORBIDDEN, "this app password may not send direct messages: connect with one that may")
    if reply.status >= 500:
        return Unknown(reply.said)
    if reply.status in (401, 404, 405) or reply.status < 400:  # between our server and the service, or no service
        return Later(Reason.UNAVAILABLE, detail=reply.said)
    return Refused(_reason(reply), reply.said)


def _reason(reply: Reply) -> Reason:
    """By the name of the error, else by the sentence: the service also says these as InvalidRequest."""
    if reply.error in _NO:
        return _NO[reply.error]
    if "incoming messages" in reply.said:
        return Reason.CLOSED
    if "block between" in reply.said:
        return Reason.BLOCKED
    return Reason.TOO_LONG if "must not be longer" in reply.said else Reason.INVALID
