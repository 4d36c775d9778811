"""Private messages that go out, and looking one up.

The Send API knows no key of ours and takes one thing at a time: a text or one file. A part that holds both is sent as
several messages, files first; the text's message is the part's. Files are uploaded before anything is sent. Where an
earlier attempt got stuck in between, what stands already is counted first and not sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from kikite.lib.http import Answer
from kikite.networks.calling import later, lost
from kikite.networks.contract import (
    Absent,
    Author,
    Finding,
    Later,
    Media,
    NetworkTrouble,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Signal,
    Unknown,
    Unreadable,
    Urgency,
)
from kikite.networks.raw import Json, maybe_object, maybe_objects, maybe_text, parse

from . import errors
from . import graph as api
from .files import NotUploaded
from .graph import Graph
from .reading import key, maybe_key, segment, when

EARLIER = timedelta(seconds=5)  # clocks: a message may be dated this much before it was written
ANSWERED = 10900  # the comment was answered privately before
_LOOKED_BACK = 10  # pages of a conversation
_ACTIONS = {Signal.READ: "mark_seen", Signal.TYPING: "typing_on"}


@dataclass(frozen=True, slots=True)
class Post:
    """Where an account's private messages go and are listed. `upload` gives the message that shows a file."""

    me: str
    handle: str  # by which lists know our own account, where its id differs there; "" where it does not
    conversations: str
    conversation_query: Mapping[str, str]
    message_fields: str
    newest_messages: int | None
    # What is said of an ordinary answer; Instagram knows no such word.
    ordinary: Mapping[str, str]
    upload: Callable[[Media], Mapping[str, object]]


class Letters:
    def __init__(self, graph: Graph, post: Post) -> None:
        self._graph = graph
        self._post = post

    # --- sending ---

    def send(self, part: Part) -> Outcome:
        refused = self._unsendable(part)
        if refused is not None:
            return refused
        try:
            pieces = [self._post.upload(medium) for medium in part.media]
            standing = self._standing(part) if part.text and pieces else 0
        except NotUploaded as problem:
            return problem.outcome
        except NetworkTrouble as trouble:
            return later(trouble)
        return self._say(part, [*pieces[standing:], *([{"text": part.text}] if part.text else [])])

    def _unsendable(self, part: Part) -> Refused | None:
        if part.about and part.media:
            return Refused(Reason.MEDIA, "The private answer to a comment is words alone.")
        if not (part.about or (part.to and part.to.key)):
            return Refused(Reason.INVALID, "A private message needs somebody to go to.")
        return None if part.text or part.media else Refused(Reason.INVALID, "There is nothing to send.")

    def _say(self, part: Part, pieces: list[Mapping[str, object]]) -> Outcome:
        outcome: Outcome = Unknown("nothing was sent")
        for piece in pieces:
            outcome = self._piece(part, piece)
            if not isinstance(outcome, Sent):
                return outcome
        return outcome

    def _piece(self, part: Part, piece: Mapping[str, object]) -> Outcome:
        how = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if part.late else self._post.ordinary
        body = {"recipient": _recipient(part), "message": piece, **({} if part.about else how)}
        try:
            answer = self._graph.ask("POST", f"/{self._post.me}/messages", body=body)
        except httpx.TransportError as error:
            return lost(error)
        except NetworkTrouble as trouble:
            return later(trouble)
        if not errors.failed(answer):
            return _sent(answer)
        if part.about and errors.failure(answer).code == ANSWERED:
            return self._answered(part, answer)
        return errors.refusal(answer)

    def _answered(self, part: Part, answer: Answer) -> Outcome:
        """One private answer a comment: the one that is there may be ours, whose outcome we never heard."""
        found = self.find(part)
        return found if isinstance(found, Sent) else errors.refusal(answer)

    def _standing(self, part: Part) -> int:
        """How many of the part's files stand in the conversation already. Raises NetworkTrouble."""
        files = (message for message in self._ours(part) if not maybe_text(message, "message") and _holds_file(message))
        return min(sum(1 for _ in files), len(part.media))

    # --- looking up ---

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """The oldest message of ours in the conversation with this part's words, not older than the part, and known
        to be no other part."""
        try:
            same = [one for one in self._ours(part) if _says(one, part) and maybe_key(one, "id") not in taken]
            return Sent(key(same[-1].get("id")), "", when(same[-1], "created_time")) if same else Absent()
        except _TooMany:
            return Unknown("More was said since than can be looked through.")
        except Unreadable as error:
            return Unknown(f"The server's answer is unreadable: {error}")
        except NetworkTrouble as trouble:
            return later(trouble)

    def _ours(self, part: Part) -> Iterator[Json]:
        """Our own messages to the part's recipient, newest first, back to when the part was written."""
        for message in self._messages(part.to.key if part.to else ""):
            if when(message, "created_time") < self._graph.there(part.written_at) - EARLIER:
                return
            sender = maybe_object(message, "from")
            if maybe_key(sender, "id") == self._post.me or maybe_text(sender, "username") == (
                self._post.handle or None
            ):
                yield message

    def _messages(self, customer: str) -> Iterator[Json]:
        if not customer:
            return
        query = {**self._post.conversation_query, "user_id": customer}
        page = self._graph.read(self._post.conversations, query, urgency=Urgency.SENDING)
        for conversation in api.elements(page):
            messages = maybe_object(conversation, "messages")
            listed, newest = maybe_objects(messages, "data"), self._post.newest_messages
            yield from listed
            if newest is not None and len(listed) >= newest:
                raise _TooMany
            if newest is None and (after := api.behind(messages)):
                yield from self._more(key(conversation.get("id")), after)

    def _more(self, conversation: str, after: str) -> Iterator[Json]:
        query = {"fields": self._post.message_fields, "limit": "50", "after": after}
        path = f"/{segment(conversation)}/messages"
        for messages, following in self._graph.pages(path, query, most=_LOOKED_BACK, urgency=Urgency.SENDING):
            yield from messages
            after = following
        if after:
            raise _TooMany

    # --- signs ---

    def signal(self, to: Author, signal: Signal) -> None:
        """Raises NetworkTrouble."""
        body = {"recipient": {"id": to.key}, "sender_action": _ACTIONS[signal]}
        self._graph.told(lambda: self._graph.ask("POST", f"/{self._post.me}/messages", body=body))


class _TooMany(Exception):
    pass


def _recipient(part: Part) -> dict[str, str]:
    return {"comment_id": part.about} if part.about else {"id": part.to.key if part.to else ""}


def _sent(answer: Answer) -> Outcome:
    try:
        return Sent(key(parse(answer.body).get("message_id"), "message_id"))
    except Unreadable as error:
        return Unknown(f"The server took it, but its answer is unreadable: {error}")


def _holds_file(message: Json) -> bool:
    return bool(maybe_objects(maybe_object(message, "attachments"), "data"))


def _says(message: Json, part: Part) -> bool:
    if part.text:
        return maybe_text(message, "message").strip() == part.text.strip()
    return not maybe_text(message, "message") and _holds_file(message)


def uploaded_later(outcome: Outcome) -> Outcome:
    """Whatever became of a file, nothing was sent."""
    return Later(Reason.UNAVAILABLE, detail=outcome.detail) if isinstance(outcome, Unknown) else outcome
