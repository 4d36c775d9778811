"""Messages arrive: whole batches become profiles, messages and cases, set-based, whatever their order.

The end state is a function of the set of arrivals alone. Per brand one batch is written at a time (an advisory lock
held until commit), so any number of workers may read deliveries side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection

from kikite.networks.contract import Author, Deletion, Incoming, Message, Reaction, Seen

from . import arrival_store as store
from .arrival_writing import Writer
from .matters import Matters

type Ident = tuple[str, str]  # realm, key

# The first of the two numbers of an advisory lock; the second is the brand.
BRAND_LOCK = 0x4B494B49
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One neutral thing, which delivery brought it (None: our own doing), and where and when it reached us."""

    channel: int
    network: str
    realm: str
    delivery: int | None
    received_at: datetime
    thing: Incoming


@dataclass(slots=True, eq=False)
class Node:
    """A message on the way to its case: one that arrives, or one that is here and is touched by it."""

    ident: Ident
    outgoing: bool
    parent: Ident | None
    posted_at: datetime
    id: int = 0
    case: int | None = None
    customer: int | None = None
    element: int = 0
    floating: bool = False
    deleted: bool = False
    # For an arrival: what is written. `version` orders edits.
    arrival: Arrival | None = None
    known: store.Known | None = None


@dataclass(slots=True)
class Batch:
    """Everything that one brand's arrivals say, newest version of each, before the database is asked."""

    messages: dict[Ident, Arrival] = field(default_factory=dict)
    deletions: dict[Ident, Arrival] = field(default_factory=dict)
    reactions: dict[tuple[str, str, str, str], Arrival] = field(default_factory=dict)
    seen: dict[Ident, datetime] = field(default_factory=dict)
    authors: dict[Ident, tuple[datetime, str, Author]] = field(default_factory=dict)


def lock_brand(brand_id: int) -> None:
    """Nobody else threads messages of this brand until the current transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BRAND_LOCK, brand_id])


def absorb(
    brand_id: int,
    quiet: timedelta,
    ours: Mapping[Ident, int],
    arrivals: Sequence[Arrival],
    now: datetime,
) -> set[int]:
    """Write what arrived for one brand, inside the caller's transaction; returns the ids of the cases it touched.

    `ours` names the brand's own accounts: (realm, account key) to channel id. `quiet` is the silence after which a
    customer's new conversation is a new matter.
    """
    lock_brand(brand_id)
    batch = collect(arrivals, ours)
    known = store.load_messages(brand_id, _idents_of(batch))
    profiles = store.save_profiles(brand_id, batch.authors, now)
    nodes = _nodes(batch, known, ours, profiles)
    matters = _thread(brand_id, quiet, nodes)
    return Writer(brand_id, batch, nodes, matters, profiles, now).write()


def collect(arrivals: Sequence[Arrival], ours: Mapping[Ident, int]) -> Batch:
    """Fold repeats and versions: of every message the newest, of every author what was said last."""
    batch = Batch()
    for arrival in arrivals:
        thing, realm = arrival.thing, arrival.realm
        if isinstance(thing, Message):
            ident = (realm, thing.key)
            held = batch.messages.get(ident)
            if held is None or _version(arrival) > _version(held):
                batch.messages[ident] = arrival
            _meet(batch, arrival, thing, ours)
        elif isinstance(thing, Deletion):
            batch.deletions.setdefault((realm, thing.key), arrival)
        elif isinstance(thing, Seen):
            ident = (realm, thing.by)
            batch.seen[ident] = max(thing.at, batch.seen.get(ident, thing.at))
        elif isinstance(thing, Reaction):
            key = (realm, thing.message, thing.author.key, thing.kind)
            other = batch.reactions.get(key)
            if other is None or _reaction_time(arrival) > _reaction_time(other):
                batch.reactions[key] = arrival
    return batch


def _version(arrival: Arrival) -> tuple[datetime, bool, int, str]:
    """Edits are ordered by time; of the same version the one with its pictures counts, and of two such ones, through
    two channels, that of the older channel."""
    thing = arrival.thing
    assert isinstance(thing, Message)
    return (thing.edited_at or _NEVER, bool(thing.media), -arrival.channel, thing.text)


def _reaction_time(arrival: Arrival) -> datetime:
    thing = arrival.thing
    assert isinstance(thing, Reaction)
    return thing.at


def _meet(batch: Batch, arrival: Arrival, message: Message, ours: Mapping[Ident, int]) -> None:
    """Note the customers whom a message names: its author, or whom our private message is for."""
    for author in (message.author, *message.to):
        ident = (arrival.realm, author.key)
        if ident in ours or (author is not message.author and (arrival.realm, message.author.key) not in ours):
            continue
        held, at = batch.authors.get(ident), min(message.at, arrival.received_at)
        if held is None or at > held[0]:
            batch.authors[ident] = (at, arrival.network, author)


def _idents_of(batch: Batch) -> tuple[set[Ident], set[Ident]]:
    """(what arrives or goes, what it answers)."""
    touched = batch.messages.keys() | batch.deletions.keys()
    parents = {
        (realm, arrival.thing.reply_to)  # type: ignore[union-attr]
        for (realm, _), arrival in batch.messages.items()
        if arrival.thing.reply_to  # type: ignore[union-attr]
    }
    return touched, parents - touched


def _nodes(
    batch: Batch,
    known: Mapping[Ident, store.Known],
    ours: Mapping[Ident, int],
    profiles: Mapping[Ident, store.Met],
) -> dict[Ident, Node]:
    nodes = {
        ident: Node(
            ident, row.outgoing, row.parent, row.posted_at, row.id, row.case, row.customer,
            floating=row.floating, deleted=row.deleted, known=row,
        )
        for ident, row in known.items()
    }  # fmt: skip
    for ident, arrival in batch.messages.items():
        held = nodes.get(ident)
        if held is None or (held.known is not None and held.known.trace):
            nodes[ident] = _arriving(ident, arrival, ours, profiles, held)
        else:
            held.arrival = arrival
    for ident in batch.deletions:
        if ident in nodes:
            nodes[ident].deleted = True
    return nodes


def _arriving(
    ident: Ident,
    arrival: Arrival,
    ours: Mapping[Ident, int],
    profiles: Mapping[Ident, store.Met],
    held: Node | None,
) -> Node:
    """A message that is new to us, or whose deletion came first (then `held` is its trace)."""
    message = arrival.thing
    assert isinstance(message, Message)
    realm = ident[0]
    outgoing = (realm, message.author.key) in ours
    person = message.author if not outgoing else (message.to[0] if message.to else None)  # whom a private word is for
    met = profiles.get((realm, person.key)) if person else None
    return Node(
        ident,
        outgoing,
        (realm, message.reply_to) if message.reply_to else None,
        min(message.at, arrival.received_at),
        id=held.id if held else 0,
        customer=met.customer if met else None,
        floating=outgoing and message.visibility == "private" and not message.reply_to,
        deleted=held is not None,
        arrival=arrival,
        known=held.known if held else None,
    )


def _thread(brand_id: int, quiet: timedelta, nodes: dict[Ident, Node]) -> Matters:
    """Give every node that has an owner its element, and join them by the two rules."""
    for node in nodes.values():
        _own(node, nodes)
        node.floating = node.floating or _hangs_on_floating(node, nodes)
    owned = [node for node in nodes.values() if node.customer is not None]
    matters = Matters(quiet)
    spans = store.load_cases({node.customer for node in owned if node.customer is not None})
    for span in spans:
        matters.open(span.case, span.customer)
        matters.speak(span.case, span.first_at, span.last_at)
    for number, node in enumerate(owned, start=1):
        _enter(matters, node, -number)
    for node in owned:
        parent = nodes.get(node.parent) if node.parent else None
        if parent and parent.customer == node.customer and parent.element and node.element:
            matters.join(parent.element, node.element)
    matters.settle()
    _land(brand_id, matters, nodes, owned, [(span.customer, span.case) for span in spans])
    return matters


def _own(node: Node, nodes: Mapping[Ident, Node]) -> None:
    """Ours belongs to the customer at the top of the chain of our own posts that it answers."""
    chain: list[Node] = []
    current: Node | None = node
    while current is not None and current.customer is None and current not in chain:
        chain.append(current)
        current = nodes.get(current.parent) if current.outgoing and current.parent else None
    if current is not None and current.customer is not None:
        for link in chain:
            link.customer = current.customer


def _hangs_on_floating(node: Node, nodes: Mapping[Ident, Node]) -> bool:
    """Ours that answers, through ours alone, a floating one floats with it."""
    seen: set[Ident] = set()
    current: Node | None = node
    while current is not None and current.outgoing and current.ident not in seen:
        if current.floating:
            return True
        seen.add(current.ident)
        current = nodes.get(current.parent) if current.parent else None
    return False


def _enter(matters: Matters, node: Node, fresh: int) -> None:
    assert node.customer is not None
    if node.floating:
        return
    if node.case is not None:
        node.element = node.case
        return
    node.element = fresh
    matters.open(fresh, node.customer)
    if not node.outgoing:
        matters.speak(fresh, node.posted_at, node.posted_at)


def _land(
    brand_id: int,
    matters: Matters,
    nodes: dict[Ident, Node],
    owned: list[Node],
    cases: list[tuple[int, int]],
) -> None:
    """Private words of ours that answer no message in particular go to the matter that was newest when they fell."""
    customers = {node.customer for node in owned if node.customer is not None}
    for row in store.load_floating(brand_id, customers):
        if row.ident not in nodes:
            nodes[row.ident] = Node(
                row.ident,
                True,
                None,
                row.posted_at,
                row.id,
                row.case,
                row.customer,
                floating=True,
                known=row,
            )
    floating = [node for node in nodes.values() if node.floating and node.customer is not None]
    if not floating:
        return
    elements: dict[int, list[int]] = {}
    for customer, case in cases:
        elements.setdefault(customer, []).append(case)
    for node in owned:
        if node.element < 0 and node.customer is not None:
            elements.setdefault(node.customer, []).append(node.element)
    for node in floating:
        assert node.customer is not None
        node.element = matters.begun_by(elements.get(node.customer, []), node.posted_at) or 0
