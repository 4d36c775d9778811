"""A signed-in conversation with one AT Protocol server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from ..base import BaseConnection
from ..calling import later
from ..contract import (
    Account,
    Author,
    Budget,
    Delivery,
    Finding,
    Identity,
    Limits,
    Meter,
    Moderation,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    Reason,
    Refused,
    Signal,
    Unauthorised,
    Unreachable,
    Urgency,
    Visibility,
)
from . import chat as chats
from . import hearing, searching
from .addresses import is_did, parse_whisper
from .chat import Chat
from .conversations import Conversations
from .firehose import Firehose
from .matching import matcher
from .media import CHAT, NOTIFICATIONS, Place
from .moderating import Moderating
from .people import People
from .posting import Posting
from .profiles import author
from .raw import Json
from .reading import Reading
from .refreshing import Refreshing
from .session import Session
from .threads import Threads
from .whispering import Whispering
from .xrpc import Refusal

FIREHOSE = "firehose"
NO_CHAT = Refused(Reason.FORBIDDEN, "this account may not send direct messages: connect it with a password that may")


class BlueskyConnection(BaseConnection):
    """See `contract.Connection`."""

    def __init__(self, account: Account, limits: Limits, timeout: float, meter: Meter) -> None:
        self.timeout = timeout
        self._account = account
        self._limits = limits
        self._place = Place.of(account)
        self._session = Session(account, timeout, meter)
        self._people = People(self._session, self._place)

    @property
    def budget(self) -> Budget | None:
        return self._session.xrpc.limits.budget

    @budget.setter
    def budget(self, value: Budget | None) -> None:
        self._session.xrpc.limits.budget = value

    @property
    def renewed(self) -> Mapping[str, str] | None:
        return self._session.renewed

    @renewed.setter
    def renewed(self, value: Mapping[str, str] | None) -> None:
        self._session.renewed = value

    def close(self) -> None:
        self._session.close()

    # --- who and where we are ---

    def identify(self) -> Identity:
        with _at_a_server():
            view = self._ask_for(self._us)
        service, missing = self._service()
        jetstream = " ".join(hearing.hosts_of(self._account, public=False))
        settings = {"reads": self._reads, "chat": service} | ({"jetstream": jetstream} if jetstream else {})
        place = Place.of(replace(self._account, settings=settings))
        return Identity(author({**view, "did": self._us}, place), settings, self._session.secrets, missing)

    def _service(self) -> tuple[str, tuple[str, ...]]:
        """The chat service that answers us ("" for none), and what our password lacks for it.

        One that is only out of reach now is kept, where it is known to be the network's.
        """
        named = self._account.secrets.get("chat", "").strip()
        service = named or CHAT
        if not chats.is_service(service):
            raise Unreachable(f"{service[:100]!r} names no service: it looks like {CHAT}")
        try:
            granted = Chat(self._session, service).granted()
        except Unauthorised:
            raise
        except (Refusal, NetworkTrouble):
            return (service if named or self._place.public else ""), ()
        return (service, ()) if granted else ("", (chats.SCOPE,))

    @cached_property
    def _us(self) -> str:
        """Our DID."""
        if self._account.key:
            return self._account.key
        with _at_a_server():
            did = self._session.read("com.atproto.server.getSession").get("did")
        if not is_did(did):
            raise Unreachable("this is no AT Protocol server: it does not say who we are")
        return str(did)

    @cached_property
    def _reads(self) -> str:
        """How this server is read. One that had no app view is asked anew by every connection: it may have one now."""
        if self._account.settings.get("reads") == NOTIFICATIONS:
            return NOTIFICATIONS
        try:
            self._session.read("app.bsky.notification.listNotifications", {"limit": 1})
        except (Refusal, Unreachable) as error:
            if self._place.public:
                raise Unreachable(f"Bluesky's app view does not answer: {error}") from error
            with _at_a_server():
                self._session.read("com.atproto.sync.listRepos", {"limit": 1})
            return FIREHOSE
        return NOTIFICATIONS

    # --- reading ---

    @cached_property
    def _reading(self) -> Reading:
        threads = Threads(self._session, self._us)
        hose = Firehose(self._session.xrpc.origin, self._us, self._people, threads, self.timeout)
        return Reading(
            self._session,
            self._people,
            self._us,
            hose=None if self._has_app_view else hose,
            threads=threads,
            conversations=Conversations(self._chat) if self._chat else None,
        )

    def poll(self, cursor: str) -> Page:
        with _at_a_server():
            return self._reading.poll(cursor)

    def stream(self) -> Iterator[Delivery | None]:
        with _at_a_server():
            yield from self._reading.stream()

    def search(self, query: str, cursor: str) -> Page:
        with _at_a_server(), self._as_urgent_as(Urgency.SEARCHING):
            return searching.page(self._session, query, cursor)

    def listen(self, queries: Sequence[str]) -> Iterator[Delivery | None]:
        """By a Jetstream, else by the firehose: of the whole network, or of a server for itself."""
        heard = hearing.Hearing(matcher(queries), self._view, self.timeout)
        hosts = hearing.hosts_of(self._account, public=self._place.public)
        with _at_a_server(), self._as_urgent_as(Urgency.SEARCHING):
            try:
                yield from heard.jetstream(hosts)
            except Unreachable:
                yield from heard.firehose(hearing.RELAY if self._place.public else self._session.xrpc.origin)

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        with _at_a_server():
            return Refreshing(self._session, self._us, self._view, app_view=self._has_app_view).now(keys)

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        dids = [key for key in dict.fromkeys(keys) if is_did(key)]
        with _at_a_server():
            views = self._people.many(dids) if self._has_app_view else {did: self._people.one(did) for did in dids}
        return [author({**view, "did": did}, self._place) for did, view in views.items() if view.get("handle")]

    def _view(self, did: str) -> Json:
        """`did` as a profile view, as far as we are told. Raises NetworkTrouble."""
        try:
            return self._ask_for(did)
        except Refusal:
            return {"did": did}

    def _ask_for(self, did: str) -> Json:
        """Raises NetworkTrouble, Refusal."""
        if self._has_app_view:
            return self._people.many([did]).get(did, {"did": did})
        return self._people.one(did)

    @property
    def _has_app_view(self) -> bool:
        return self._reads == NOTIFICATIONS

    @cached_property
    def _chat(self) -> Chat | None:
        """Private messages; None where we have none."""
        return Chat(self._session, self._place.chat) if chats.is_service(self._place.chat) else None

    # --- writing ---

    @cached_property
    def _posting(self) -> Posting:
        return Posting(self._session, self._us, self._place, self._limits)

    @cached_property
    def _whispering(self) -> Whispering | None:
        return (
            Whispering(self._chat, self._us, self._place, self._limits, self._posting.resolve) if self._chat else None
        )

    def send(self, part: Part) -> Outcome:
        with self._as_urgent_as(Urgency.SENDING):
            return _outcome(lambda: self._send(part))

    def _send(self, part: Part) -> Outcome:
        if part.visibility is not Visibility.PRIVATE:
            return self._posting.send(part)
        return self._whispering.send(part) if self._whispering else NO_CHAT

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """A post's record key tells it from all others, whatever is `taken`."""
        with self._as_urgent_as(Urgency.SENDING):
            try:
                if part.visibility is Visibility.PRIVATE and self._whispering:
                    return self._whispering.find(part, taken)
                return self._posting.find(part)
            except NetworkTrouble as trouble:  # while asking who we are
                return later(trouble)

    def delete(self, key: str) -> Outcome:
        if parse_whisper(key):
            return Refused(Reason.FORBIDDEN, "Bluesky can hide a private message from us alone: they keep it")
        with self._as_urgent_as(Urgency.SENDING):
            return _outcome(lambda: self._posting.delete(key))

    def moderate(self, key: str, act: Moderation) -> Outcome:
        with self._as_urgent_as(Urgency.SENDING):
            return _outcome(lambda: Moderating(self._session, self._us, app_view=self._has_app_view).act(key, act))

    def signal(self, to: Author, thread: str, signal: Signal) -> None:
        """Bluesky shows nobody that we read: this empties our own count of unread messages, in every app."""
        if signal is Signal.READ and self._whispering:
            self._whispering.seen(to, thread)

    @contextmanager
    def _as_urgent_as(self, urgency: Urgency) -> Iterator[None]:
        with self._session.xrpc.limits.as_urgent_as(urgency):
            yield


def _outcome(does: Callable[[], Outcome]) -> Outcome:
    try:
        return does()
    except NetworkTrouble as trouble:  # while asking who we are
        return later(trouble)


@contextmanager
def _at_a_server() -> Iterator[None]:
    """A question that every server of the protocol answers; a refusal says that this is none, or not ours."""
    try:
        yield
    except Refusal as refusal:
        raise Unreachable(f"{refusal}") from refusal
