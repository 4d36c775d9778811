"""Whether a record is for us, the thread in which it stands included."""

from __future__ import annotations

from collections import OrderedDict

from . import raw
from .addresses import parse
from .frames import concerns, goes_on
from .raw import Json
from .session import Session
from .xrpc import Refusal

REMEMBERED = 2000


class Threads:
    """As `us` (a DID) sees them. Earlier posts are asked of the server once, and at most `REMEMBERED` are kept."""

    def __init__(self, session: Session, us: str) -> None:
        self._session = session
        self._us = us
        self._known: OrderedDict[str, bool] = OrderedDict()

    def concern_us(self, repo: str, record: Json) -> bool:
        """Whether it is for us by itself, or goes on below a post of its author's that is. Raises NetworkTrouble."""
        return concerns(self._us, repo, record) or any(map(self._earlier, goes_on(repo, record)))

    def _earlier(self, uri: str) -> bool:
        if uri not in self._known:
            self._known[uri] = self._ask(uri)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[uri]

    def _ask(self, uri: str) -> bool:
        address = parse(uri)
        if address is None:
            return False
        try:
            answer = self._session.read("com.atproto.repo.getRecord", address.query)
        except Refusal:
            return False
        return concerns(self._us, address.did, raw.maybe_object(answer, "value"))
