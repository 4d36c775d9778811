"""The chat service: where Bluesky's private messages live, beside the protocol, and how it is asked.

We talk to it through the server of our account, which proves who we are (header `atproto-proxy`). Which service that
is, is a setting: Bluesky's own one serves the public network, and a network of its own may have another.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from ..contract import Forbidden, Later, NetworkTrouble, Unknown
from . import raw
from .addresses import is_did, is_id
from .raw import Json
from .session import Session
from .xrpc import Refusal, Reply

SCOPE = "chat"  # what an app password lacks that was made without access to direct messages
REMEMBERED = 500
_SERVICE = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200}#[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Convo:
    """A conversation and the profiles of who is in it. Of a group only the `direct` ones are ours to read."""

    id: str
    members: tuple[Json, ...] = ()
    direct: bool = True


def is_service(text: str) -> bool:
    return _SERVICE.fullmatch(text) is not None


class Chat:
    """One account's conversations. At most `REMEMBERED` are kept in mind."""

    def __init__(self, session: Session, service: str) -> None:
        self._session = session
        self.service = service
        self._known: OrderedDict[str, Convo] = OrderedDict()

    def read(self, method: str, query: dict[str, str | int | list[str]] | None = None) -> Json:
        """Raises NetworkTrouble, Refusal."""
        return self._session.read(f"chat.bsky.convo.{method}", query, proxy=self.service)

    def write(self, method: str, data: Json) -> Reply | Later | Unknown:
        return self._session.write(f"chat.bsky.convo.{method}", data, proxy=self.service)

    def granted(self) -> bool:
        """Whether our credentials may read private messages. Raises Refusal where there is no such service, and
        NetworkTrouble."""
        try:
            self.read("getLog")
        except Forbidden:
            return False
        return True

    def convo(self, convo_id: str) -> Convo | None:
        """The conversation; None when we are in none of that id. Raises NetworkTrouble."""
        if convo_id not in self._known:
            try:
                self.keep(raw.maybe_object(self.read("getConvo", {"convoId": convo_id}), "convo"))
            except Refusal:
                return None
        return self._known.get(convo_id)

    def with_(self, did: str) -> Convo:
        """The conversation with somebody, begun if need be. Raises NetworkTrouble, and Refusal when they do not want
        that."""
        answer = self.read("getConvoForMembers", {"members": [did]})
        convo = self.keep(raw.maybe_object(answer, "convo"))
        if convo is None:
            raise NetworkTrouble("the chat service names no conversation")
        return convo

    def keep(self, view: Json) -> Convo | None:
        """Remember a conversation as the service shows it; None for what is none."""
        convo_id = raw.text(view, "id")
        if not is_id(convo_id):
            return None
        members = tuple(one for one in raw.objects(view, "members")[:50] if is_did(one.get("did")))
        group = raw.text(raw.maybe_object(view, "kind"), "$type").endswith("#groupConvo") or len(members) > 2
        self._known[convo_id] = convo = Convo(convo_id, members, not group)
        self._known.move_to_end(convo_id)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return convo
