"""A practice airline with real cases, made by the same threading that reads deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import transaction
from django.utils import timezone

from kikite.accounts.models import Agent, Brand, Membership
from kikite.cases.arriving import Arrival, absorb
from kikite.cases.models import Case
from kikite.channels.models import Channel
from kikite.networks.contract import Author, Deletion, Incoming, Media, Message, Visibility

PASSWORD = "practice makes perfect"
REALM = "practice"
OURS = "900"
_keys = count(1)


def brand(slug: str = "tsubame", name: str = "Tsubame Air") -> Brand:
    return Brand.objects.create(slug=slug, name=name)


def agent(name: str, *brands: Brand, **extra: object) -> Agent:
    """Somebody who answers for these brands; signs in as first-name@example.com with PASSWORD. What
    they send leaves at once."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
    made = Agent.objects.create_agent(email, PASSWORD, name, **{"undo_seconds": 0, **extra})
    Membership.objects.bulk_create(Membership(agent=made, brand=one) for one in brands)
    return made


def channel(
    of: Brand, handle: str = "TsubameAir", key: str = OURS, network: str = "practice", **extra: object
) -> Channel:
    values = {"realm": REALM, "name": of.name, "base_url": "http://127.0.0.1:9", **extra}
    return Channel.objects.create(brand=of, network=network, key=key, handle=handle, **values)


def author(handle: str, name: str = "", **extra: object) -> Author:
    return Author(key=handle, handle=handle, name=name or handle.title(), **extra)  # type: ignore[arg-type]


@dataclass
class Stage:
    """What customers (and our people elsewhere) say on one channel, minute by minute before `now`."""

    channel: Channel
    now: datetime = field(default_factory=timezone.now)
    arrivals: list[Arrival] = field(default_factory=list)

    def say(self, who: Author, text: str, minutes: float = 0, *, private: bool = False, reply_to: str = "",
            media: tuple[Media, ...] = (), key: str = "", edited: float | None = None,
            lang: str = "", named: bool = True) -> str:  # fmt: skip
        """A customer's post or private message; returns its key."""
        key = key or f"{who.key}-{next(_keys)}"
        at = self.now - timedelta(minutes=minutes)
        self._arrive(
            Message(
                key=key, author=who, text=text, at=at, reply_to=reply_to, media=media, lang=lang,
                visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
                thread=f"dm-{who.key}" if private else "",
                to=(self.ours,) if private else (),
                url=f"http://127.0.0.1:9/@{who.handle}/{key}",
                names=(self.ours.key,) if named else (),
                edited_at=self.now - timedelta(minutes=edited) if edited is not None else None,
            ),
            at,
        )  # fmt: skip
        return key

    def answer(self, to: str, text: str, minutes: float = 0) -> None:
        """Our own post, written on the network itself."""
        at = self.now - timedelta(minutes=minutes)
        self._arrive(Message(key=f"ours-{next(_keys)}", author=self.ours, text=text, at=at, reply_to=to), at)

    def delete(self, key: str) -> None:
        self._arrive(Deletion(key, self.now), self.now)

    @property
    def ours(self) -> Author:
        return Author(key=self.channel.key, handle=self.channel.handle, name=self.channel.name)

    def _arrive(self, thing: Incoming, at: datetime) -> None:
        of = self.channel
        self.arrivals.append(Arrival(of.pk, of.network, of.realm, 0, at, thing))

    def perform(self) -> list[Case]:
        """Thread everything said so far; the cases it touched, oldest first."""
        ours = {(self.channel.realm, self.channel.key): self.channel.pk}
        with transaction.atomic():
            brand_id = self.channel.brand_id
            ids = absorb(brand_id, timedelta(days=7), ours, self.arrivals, datetime.now(UTC))
        self.arrivals = []
        return list(Case.objects.filter(pk__in=ids).order_by("first_at", "pk"))


def case(
    of: Channel, text: str = "Where is my bag?", who: Author | None = None, minutes: float = 5, **extra: object
) -> Case:
    """One case of one message."""
    stage = Stage(of)
    stage.say(who or author("mara", "Mara K."), text, minutes, **extra)  # type: ignore[arg-type]
    return stage.perform()[0]


def cases(of: Channel, many: int) -> list[Case]:
    """Many cases, a minute apart; the first has waited longest."""
    stage = Stage(of)
    for number in range(many):
        stage.say(author(f"c{number}", f"Customer {number}"), f"Question {number}", many - number)
    return stage.perform()


def fragment(part: str) -> dict[str, str]:
    """The headers with which htmx asks for one element."""
    return {"HX-Request": "true", "HX-Target": f"div#{part}"}
