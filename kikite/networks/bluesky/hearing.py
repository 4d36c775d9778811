"""What everybody says, as it is said: by Jetstream, and by the firehose where no Jetstream answers.

Jetstream (https://github.com/bluesky-social/jetstream) is the firehose as JSON, of the wanted collections alone. Its
`/subscribe` has been the same on every server since its first version. Each event has a time in microseconds that is
good as a cursor on any of the servers, so a stream that breaks goes on at the next one, some seconds before the place
where it broke: at least once, never not at all.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from ..contract import Account, Delivery, RateLimited, Unreachable, Unreadable
from . import frames, raw, sockets
from .addresses import POST, is_did, parse
from .matching import Fits
from .raw import Json
from .watching import told

HOSTS = tuple(f"wss://jetstream{number}.{where}.bsky.network" for where in ("us-east", "us-west") for number in (1, 2))
RELAY = "https://bsky.network"
SETTING = "jetstream"
REWIND = 5_000_000  # microseconds: servers see events in orders of their own
LARGEST = 200_000  # bytes of one event; a post of 3,000 with all its marks has a tenth of that
HEARTBEAT = 15.0
GIVEN = 20_000  # posts that we gave on, whose deletion we give on too
# A DID as a profile view.
type WhoIs = Callable[[str], Json]


def hosts_of(account: Account, *, public: bool) -> tuple[str, ...]:
    """The Jetstream servers that the account's form names, else Bluesky's own ones for the public network."""
    named = account.secrets.get(SETTING, "") or str(account.settings.get(SETTING) or "")
    found = tuple(word.rstrip("/") for word in named.split() if word.startswith(("wss://", "ws://")))
    return found or (HOSTS if public else ())


class Hearing:
    """Posts that fit. `whois` gives the profile of their authors."""

    def __init__(self, fits: Fits, whois: WhoIs, timeout: float) -> None:
        self._fits = fits
        self._whois = whois
        self._timeout = timeout
        self._place: int | None = None  # the time of the newest event, in microseconds
        self._given: OrderedDict[str, None] = OrderedDict()

    def jetstream(self, hosts: tuple[str, ...]) -> Iterator[Delivery | None]:
        """From one server after the other; a server that told something has the right to be tried again.

        Raises Unreachable when none of them answers any more.
        """
        refusals = 0
        while refusals < len(hosts):
            for host in hosts:
                before = self._place
                try:
                    yield from self._at(host)
                except (Unreachable, RateLimited):
                    refusals = refusals + 1 if self._place == before else 0
                    yield None
        raise Unreachable("no Jetstream answers")

    def firehose(self, origin: str) -> Iterator[Delivery | None]:
        """Every commit of the server or relay at `origin`. Raises NetworkTrouble."""
        quiet = _Quiet()
        for data in sockets.listen(sockets.firehose(origin), self._timeout, HEARTBEAT):
            if isinstance(data, bytes):
                yield from self._of_frame(data)
            if quiet.ends():
                yield None

    # --- one event ---

    def _at(self, host: str) -> Iterator[Delivery | None]:
        query: dict[str, str | int] = {"wantedCollections": POST, "maxMessageSizeBytes": LARGEST}
        if self._place is not None:
            query["cursor"] = self._place - REWIND
        quiet = _Quiet()
        for data in sockets.listen(f"{host}/subscribe?{urlencode(query)}", self._timeout, HEARTBEAT):
            if data is not None:
                yield from self._of_event(data)
            if quiet.ends():
                yield None

    def _of_event(self, data: str | bytes) -> Iterator[Delivery]:
        """What an event says to us; what is no event of Jetstream says nothing."""
        try:
            event = raw.parse(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))
        except Unreadable:
            return
        at = event.get("time_us")
        if isinstance(at, int) and 0 < at < 2**60:
            self._place = max(at, self._place or 0)
        commit, did = raw.maybe_object(event, "commit"), raw.text(event, "did")
        if raw.text(commit, "collection") != POST or not is_did(did) or not isinstance(at, int):
            return
        yield from self._of_operation(
            {
                "repo": did,
                "path": f"{POST}/{raw.text(commit, 'rkey')}",
                "action": raw.text(commit, "operation"),
                "rev": raw.text(commit, "rev"),
                "cid": raw.text(commit, "cid"),
                "record": raw.maybe_object(commit, "record"),
                "time": datetime.fromtimestamp(min(at, 2**52) / 1_000_000, UTC).isoformat(),
            }
        )

    def _of_frame(self, data: bytes) -> Iterator[Delivery]:
        try:
            frame = frames.read(data, lambda _repo, record: record.get("$type") == POST)
        except ValueError:
            return
        for operation in frame.operations:
            yield from self._of_operation(operation)

    def _of_operation(self, operation: Json) -> Iterator[Delivery]:
        """An operation on a post, as the firehose tells it, if it fits or takes back one that did."""
        uri = parse(f"at://{operation['repo']}/{operation['path']}")
        if uri is None or not uri.is_post:
            return
        if operation["action"] == "delete":
            if str(uri) in self._given:
                yield _delivery({name: operation[name] for name in ("repo", "path", "action", "rev", "time")})
            return
        if self._fits(raw.text(operation["record"], "text")):
            self._given[str(uri)] = None
            if len(self._given) > GIVEN:
                self._given.popitem(last=False)
            yield _delivery(operation | {"author": self._whois(uri.did)})


class _Quiet:
    """Tells when nothing was said to the caller for a while; first of all at once."""

    def __init__(self) -> None:
        self._told = float("-inf")

    def ends(self) -> bool:
        if time.monotonic() - self._told < HEARTBEAT:
            return False
        self._told = time.monotonic()
        return True


def _delivery(operation: Json) -> Delivery:
    """The same record has the same key however we came to know of it."""
    mark = operation["rev"] if operation["action"] == "delete" else operation["cid"]
    return told("commit", f"{operation['action']} at://{operation['repo']}/{operation['path']} {mark}", operation)
