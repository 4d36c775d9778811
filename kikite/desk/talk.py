"""A case's conversation as one line of entries: messages, notes and what happened between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import BadRequest
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kikite.cases.models import Attachment, Case, Message, Note, ReplyPart
from kikite.cases.states import PartState
from kikite.history.models import Verb

from .happenings import Happening, happenings

# How many messages a case shows before "Earlier messages" is pressed, and how many each press brings.
NEWEST = 100
# An answer to the page that was opened when there were fewer messages never grows beyond this.
MOST = 500
# What stands between messages; the rest is told by the messages themselves and stands in the history.
SHOWN = {Verb.ASSIGNED, Verb.SNOOZED, Verb.WOKEN, Verb.RESOLVED, Verb.REOPENED, Verb.MERGED, Verb.WITHDRAWN}


@dataclass(slots=True)
class Entry:
    """One thing in the conversation. `day` is set where a new day begins; `follows` where the same hand goes on."""

    kind: str  # "message" | "note" | "events"
    at: datetime
    thing: Message | Note | None = None
    events: list[Happening] = field(default_factory=list)
    day: date | None = None
    follows: bool = False

    @property
    def template(self) -> str:
        return f"desk/case/_{self.kind}.html"


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation from `start` on; `earlier` says whether there is more before it."""

    entries: list[Entry]
    parts: list[ReplyPart]
    start: str
    earlier: bool
    messages: list[Message] = field(default_factory=list)


def talk(case: Case, told: Iterable[Happening], start: str = "") -> Talk:
    """The newest messages of a case, or all since the place where an open page begins, and what happened meanwhile."""
    messages = _messages(case, start)
    earlier = len(messages) > NEWEST if not start else _any_before(case, start)
    messages = messages if start else messages[-NEWEST:]
    begin = messages[0].posted_at if earlier and messages else None
    happened = [one for one in told if begin is None or one.at >= begin]
    entries = _entries(case, messages, happened, begin, None)
    place = start or (_place(messages[0]) if messages else "")
    return Talk(entries, _parts(case), place, earlier, messages)


def earlier(case: Case, before: str) -> Talk:
    """The messages before a place, for the top of an open page."""
    at, key = read_place(before)
    found = list(
        _read(case)
        .filter(Q(posted_at__lt=at) | Q(posted_at=at, pk__lt=key))
        .order_by("-posted_at", "-id")[: NEWEST + 1]
    )
    messages = found[:NEWEST][::-1]
    more = len(found) > NEWEST
    begin = messages[0].posted_at if more else None
    entries = _entries(case, messages, happenings(case, begin, at), begin, at)
    return Talk(entries, [], _place(messages[0]) if messages else "", more)


def read_place(place: str) -> tuple[datetime, int]:
    """A place in a conversation, as pages carry it. Raises BadRequest."""
    at, _, key = place.partition("~")
    try:
        moment = parse_datetime(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not key.isdecimal() or len(key) > 18:
        raise BadRequest("There is no such place in this conversation.")
    return moment, int(key)


def _place(message: Message) -> str:
    return f"{message.posted_at.isoformat()}~{message.pk}"


def _read(case: Case) -> QuerySet[Message]:
    return Message.objects.filter(case=case).select_related("profile", "agent", "channel")


def _messages(case: Case, start: str) -> list[Message]:
    """Oldest first."""
    found = _read(case).order_by("-posted_at", "-id")
    if start:
        at, key = read_place(start)
        found = found.filter(Q(posted_at__gt=at) | Q(posted_at=at, pk__gte=key))
    return list(found[: MOST if start else NEWEST + 1])[::-1]


def _any_before(case: Case, start: str) -> bool:
    at, key = read_place(start)
    return Message.objects.filter(case=case).filter(Q(posted_at__lt=at) | Q(posted_at=at, pk__lt=key)).exists()


def _parts(case: Case) -> list[ReplyPart]:
    """What is on its way to the network, was refused by it, or is with a person who posts it."""
    return list(
        ReplyPart.objects.filter(case=case, message=None)
        .exclude(state=PartState.WITHDRAWN)
        .select_related("reply__agent", "reply__answers__profile", "channel")
        .prefetch_related(Prefetch("attachments", Attachment.objects.defer("body").order_by("position", "pk")))
        .order_by("pk")
    )


def _entries(
    case: Case, messages: list[Message], told: Iterable[Happening], begin: datetime | None, end: datetime | None
) -> list[Entry]:
    entries = [Entry("message", message.posted_at, message) for message in messages]
    entries += [Entry("note", note.at, note) for note in _notes(case, begin, end)]
    entries += [Entry("events", one.at, events=[one]) for one in told if one.verb in SHOWN]
    entries.sort(key=lambda entry: entry.at)
    return _arranged(entries)


def _notes(case: Case, begin: datetime | None, end: datetime | None) -> Iterable[Note]:
    found = case.notes.select_related("agent")
    if begin:
        found = found.filter(at__gte=begin)
    if end:
        found = found.filter(at__lt=end)
    return found[:MOST]


def _arranged(entries: Iterable[Entry]) -> list[Entry]:
    """Fold neighbouring events into one entry, say where days begin and where the same person goes on."""
    arranged: list[Entry] = []
    for entry in entries:
        last = arranged[-1] if arranged else None
        if last is None or _day(last.at) != _day(entry.at):
            entry.day = _day(entry.at)
        elif last.kind == entry.kind == "events":
            last.events += entry.events
            continue
        elif last.kind == entry.kind == "message":
            entry.follows = _same_hand(last, entry)
        arranged.append(entry)
    return arranged


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _same_hand(first: Entry, second: Entry) -> bool:
    one, other = first.thing, second.thing
    assert isinstance(one, Message)
    assert isinstance(other, Message)
    return (
        (one.direction, one.profile_id, one.agent_id, one.private)
        == (other.direction, other.profile_id, other.agent_id, other.private)
        and (second.at - first.at).total_seconds() < 600
    )  # fmt: skip
