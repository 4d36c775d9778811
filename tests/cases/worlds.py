"""Worlds of messages for threading: what happens, what should become of it, and what stands in the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from kikite.accounts.models import Brand
from kikite.cases.arriving import Arrival
from kikite.cases.models import Case
from kikite.cases.models import Message as Row
from kikite.cases.models import Reaction as ReactionRow
from kikite.channels.models import Channel
from kikite.customers.models import Profile
from kikite.networks.contract import Author, Deletion, Incoming, Message, Reaction, Visibility

START = datetime(2026, 3, 1, tzinfo=UTC)
RECEIVED = START + timedelta(days=100)
QUIET = timedelta(days=7)
REALM = "practice"
OURS = Author("us", "TsubameAir", "Tsubame Air")


@dataclass(frozen=True)
class World:
    """Everything that the network says, each thing once, in no order that means anything."""

    things: tuple[Incoming, ...]


def _author(number: int, at: datetime) -> Author:
    return Author(f"c{number}", f"customer{number}", f"Customer {number} of {at:%m-%d %H:%M}")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to 14 messages of three customers and ours, in threads that may begin before what we know."""
    things: list[Incoming] = []
    count = draw(st.integers(1, 14))
    for number in range(count):
        at = START + timedelta(hours=draw(st.integers(0, 24 * 40)), minutes=number)
        ours = draw(st.integers(0, 2)) == 0
        customer = draw(st.integers(0, 2))
        private = draw(st.booleans())
        parent = draw(st.sampled_from(["", *(f"m{n}" for n in range(count) if n != number), "unseen"]))
        message = Message(
            f"m{number}",
            OURS if ours else _author(customer, at),
            f"words of {number}",
            at,
            Visibility.PRIVATE if private else Visibility.PUBLIC,
            reply_to=parent,
            to=((_author(customer, at) if ours else OURS),) if private else (),
        )
        things.append(message)
        for version in range(draw(st.integers(0, 2))):
            edited = at + timedelta(minutes=1 + version)
            things.append(replace(message, text=f"{message.text}, version {version + 2}", edited_at=edited))
        if draw(st.integers(0, 5)) == 0:
            things.append(Deletion(message.key))
        if draw(st.integers(0, 4)) == 0:
            things.append(Reaction(message.key, _author(customer, at), "like", at, removed=draw(st.booleans())))
    if draw(st.booleans()):
        things.append(Deletion("never seen"))
    return World(tuple(things))


def arrivals(channel: Channel, things: list[Incoming]) -> list[Arrival]:
    return [Arrival(channel.pk, "practice", REALM, 0, RECEIVED, thing) for thing in things]


# --- what should become of it: the two rules, applied without cleverness ----------------------------------------


def expected_partition(world: World) -> set[frozenset[str]]:
    """The keys of each case, by the definition in kikite/cases/matters.py, tried until nothing changes."""
    messages = {thing.key: thing for thing in world.things if isinstance(thing, Message)}
    owners = {key: owner for key in messages if (owner := _owner(key, messages, set()))}
    floating = {key for key in owners if _floats(key, messages, set())}
    groups = [{key} for key in owners if key not in floating]
    while merged := _merge_once(groups, messages, owners):
        groups = merged
    cases = {frozenset(group) for group in groups if _span(group, messages)}
    return {case | _landed(case, cases, floating, messages, owners) for case in cases}


def _owner(key: str, messages: dict[str, Message], seen: set[str]) -> str | None:
    message = messages.get(key)
    if message is None or key in seen:
        return None
    if message.author.key != OURS.key:
        return message.author.key
    if message.visibility is Visibility.PRIVATE and message.to:
        return message.to[0].key
    return _owner(message.reply_to, messages, seen | {key})


def _floats(key: str, messages: dict[str, Message], seen: set[str]) -> bool:
    message = messages.get(key)
    if message is None or key in seen or message.author.key != OURS.key:
        return False
    if message.visibility is Visibility.PRIVATE and not message.reply_to:
        return True
    return _floats(message.reply_to, messages, seen | {key})


def _span(group: set[str] | frozenset[str], messages: dict[str, Message]) -> tuple[datetime, datetime] | None:
    times = [messages[key].at for key in group if messages[key].author.key != OURS.key]
    return (min(times), max(times)) if times else None


def _merge_once(groups: list[set[str]], messages: dict[str, Message], owners: dict[str, str]) -> list[set[str]] | None:
    for one in groups:
        for other in groups:
            if one is not other and _same_matter(one, other, messages, owners):
                return [group for group in groups if group is not one and group is not other] + [one | other]
    return None


def _same_matter(one: set[str], other: set[str], messages: dict[str, Message], owners: dict[str, str]) -> bool:
    if owners[min(one)] != owners[min(other)]:
        return False
    if any(messages[key].reply_to in other for key in one):
        return True
    a, b = _span(one, messages), _span(other, messages)
    return bool(a and b and a[0] <= b[1] + QUIET and b[0] <= a[1] + QUIET)


def _landed(
    case: frozenset[str], cases: set[frozenset[str]], floating: set[str], messages: dict[str, Message],
    owners: dict[str, str],
) -> frozenset[str]:  # fmt: skip
    landed = set()
    for key in floating:
        begun = [
            (span[0], other) for other in cases
            if owners[min(other)] == owners[key] and (span := _span(other, messages)) and span[0] <= messages[key].at
        ]  # fmt: skip
        if begun and max(begun, key=lambda item: item[0])[1] == case:
            landed.add(key)
    return frozenset(landed)


# --- what stands in the database --------------------------------------------------------------------------------


def standing(brand: Brand) -> dict[str, Any]:
    """Everything of a brand that does not depend on numbers that the database gave."""
    messages = {
        row.key: (
            row.direction, row.visibility, row.text, row.reply_to, row.posted_at, row.edited_at,
            row.deleted_at is not None, row.profile.key if row.profile else None, row.media,
        )
        for row in Row.objects.filter(brand=brand).select_related("profile")
        if row.profile or row.direction == "out" or row.deleted_at
    }  # fmt: skip
    cases = {
        frozenset(case.messages.values_list("key", flat=True)): (
            case.state, case.first_at, case.last_customer_at, case.last_ours_at, case.last_at, case.waiting_since,
            case.unanswered, case.messages_count, case.title, case.preview, case.preview_private,
            case.customer.profiles.get().key,
        )
        for case in Case.objects.filter(brand=brand).select_related("customer")
    }  # fmt: skip
    profiles = set(Profile.objects.filter(brand=brand).values_list("key", "handle", "name"))
    reactions = set(ReactionRow.objects.filter(brand=brand).values_list("message_key", "author_key", "removed"))
    return {"messages": messages, "cases": cases, "profiles": profiles, "reactions": reactions}


def new_brand() -> tuple[Brand, Channel]:
    """A brand of its own for each example: nothing of another one can be seen from it."""
    number = Brand.objects.count()
    brand = Brand.objects.create(slug=f"brand-{number}", name=f"Brand {number}", quiet_days=QUIET.days)
    channel = Channel.objects.create(
        brand=brand, network="practice", realm=REALM, key=OURS.key, handle=OURS.handle, base_url="http://127.0.0.1:1"
    )
    return brand, channel
