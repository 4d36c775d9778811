"""Posts as they are now, for whoever wants to know whether they still stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from ..contract import Delivery
from . import raw, searching
from .addresses import Address, parse
from .raw import Json
from .session import Session
from .watching import Watching, gone, told
from .xrpc import Refusal

# A DID as a profile view.
type WhoIs = Callable[[str], Json]


class Refreshing:
    """As `us` (a DID) sees the posts."""

    def __init__(self, session: Session, us: str, whois: WhoIs, *, app_view: bool) -> None:
        self._session = session
        self._watching = Watching(session, us)
        self._whois = whois
        self._app_view = app_view

    def now(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        """A delivery for each post that stands and a deletion for each that does not. Private messages cannot be taken
        back, so of them there is nothing to tell. Raises NetworkTrouble."""
        posts = [address for key in dict.fromkeys(keys) if (address := parse(key)) and address.is_post]
        shown = self._watching.posts(map(str, posts)) if self._app_view and posts else {}
        return tuple(self._each(posts, shown))

    def _each(self, posts: Sequence[Address], shown: dict[str, Json]) -> Iterator[Delivery]:
        for address in posts:
            view = shown.get(str(address))
            yield searching.post(view) if view else self._recorded(address)

    def _recorded(self, address: Address) -> Delivery:
        """The app view also hides posts of people who block us, and is late with new ones: only a repository knows."""
        try:
            record = self._session.read("com.atproto.repo.getRecord", address.query)
        except Refusal:
            return gone(str(address))
        beside = {"author": self._whois(address.did), "time": datetime.now(UTC).isoformat()}
        return told("record", f"record {address} {raw.text(record, 'cid')}", {**record, "uri": str(address), **beside})
