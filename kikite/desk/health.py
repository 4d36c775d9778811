"""How channels are, in figures and words: what the health pages show and the frame's banner warns of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kikite.accounts.models import Agent
from kikite.cases.models import ReplyPart
from kikite.cases.states import PartState
from kikite.channels.models import Channel, Delivery, Gap, Share, Spending
from kikite.networks.contract import Capabilities
from kikite.workflows import alerting, spending
from kikite.workflows.abilities import able

from . import networks, words

# What customers say reaches us later than this: the page calls it slow.
SLOW = timedelta(seconds=60)
HOUR, DAY, WEEK, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=7), 30


class State(StrEnum):
    """The one thing to know of a channel, the worst first."""

    AGAIN = "again"
    TROUBLE = "trouble"
    ENDS = "ends"
    WAITS = "waits"
    SLOW = "slow"
    GOOD = "good"
    OFF = "off"

    @property
    def label(self) -> Promise:
        return {
            "again": gettext_lazy("Connect it again"),
            "trouble": gettext_lazy("In trouble"),
            "ends": gettext_lazy("Access ends soon"),
            "waits": gettext_lazy("Waits for the network"),
            "slow": gettext_lazy("Slow"),
            "good": gettext_lazy("Connected"),
            "off": gettext_lazy("Disconnected"),
        }[self.value]

    @property
    def icon(self) -> str:
        return {"good": "check", "off": "close", "waits": "clock", "slow": "clock"}.get(self.value, "warning")


@dataclass(frozen=True, slots=True)
class Health:
    """One channel at a glance."""

    channel: Channel
    state: State
    unread: int  # deliveries that no worker read yet
    oldest: datetime | None  # when the oldest of them came
    aside: int
    gaps: int
    refused: int  # replies, in seven days
    spent: Decimal  # today, US dollars

    @property
    def lag(self) -> timedelta | None:
        return self.channel.newest_lag

    @property
    def ends(self) -> datetime | None:
        return alerting.ends(self.channel, timezone.now())


def overview(agent: Agent, only: int | None = None) -> list[Health]:
    """The channels of this agent's brands, those that need somebody first."""
    channels = Channel.objects.visible_to(agent).select_related("brand")
    if only is not None:
        channels = channels.filter(pk=only)
    found = _healths(list(channels))
    order = list(State)
    return sorted(found, key=lambda one: (order.index(one.state), *_names(one.channel)))


def _names(channel: Channel) -> tuple[str, str, str]:
    return channel.brand.name, channel.network, channel.handle


def _healths(channels: Sequence[Channel]) -> list[Health]:
    now = timezone.now()
    here = [channel.pk for channel in channels]
    waiting = _waiting(here)
    aside = _counts(Delivery.objects.filter(channel__in=here, set_aside_at__isnull=False))
    gaps = _counts(Gap.objects.filter(channel__in=here, seen_at=None))
    refused = _counts(_refused(here, now - WEEK))
    spent = dict(
        Spending.objects.filter(channel__in=here, day=spending.today()).values_list("channel").annotate(Sum("usd"))
    )
    return [
        Health(
            channel, _state(channel, waiting.get(channel.pk), now), *waiting.get(channel.pk, (0, None)),
            aside.get(channel.pk, 0), gaps.get(channel.pk, 0), refused.get(channel.pk, 0),
            spent.get(channel.pk, Decimal(0)),
        )
        for channel in channels
    ]  # fmt: skip


def _waiting(channels: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    unread = Delivery.objects.filter(channel__in=channels, read_at=None, set_aside_at=None)
    rows = unread.order_by().values_list("channel").annotate(Count("pk"), Min("received_at"))
    return {channel: (count, oldest) for channel, count, oldest in rows}


def _counts(rows: QuerySet[Delivery] | QuerySet[Gap] | QuerySet[ReplyPart]) -> dict[int, int]:
    return dict(rows.order_by().values_list("channel").annotate(Count("pk")))


def _refused(channels: Sequence[int], since: datetime) -> QuerySet[ReplyPart]:
    return ReplyPart.objects.filter(channel__in=channels, state=PartState.REFUSED, attempted_at__gt=since)


def _state(channel: Channel, waiting: tuple[int, datetime | None] | None, now: datetime) -> State:
    if channel.disconnected_at:
        return State.OFF
    if channel.unauthorised_at:
        return State.AGAIN
    if channel.trouble:
        return State.TROUBLE
    if alerting.ends(channel, now):
        return State.ENDS
    if any(after and after > now for after in (channel.read_after, channel.send_after)):
        return State.WAITS
    oldest = waiting[1] if waiting else None
    recent = channel.newest_at and now - channel.newest_at < HOUR
    late = recent and channel.newest_lag and channel.newest_lag >= SLOW
    return State.SLOW if late or (oldest and now - oldest >= SLOW) else State.GOOD


# --- one channel in full ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left of one of the network's limits, and until when that holds."""

    name: str
    bucket: str
    left: int
    of: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Refusals:
    """Replies that the network refused for one reason."""

    why: str
    day: int
    week: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of thing cost."""

    title: str
    pieces: int
    today: Decimal
    month: Decimal


def limits(channel: Channel) -> list[Limit]:
    """The limits that this channel lives under, as the network's newest answers told; the tightest first."""
    now = timezone.now()
    found = []
    for share in Share.objects.filter(channel=channel, asked_at__gt=now - DAY).select_related("budget"):
        budget = share.budget
        over = budget.resets_at <= now and budget.told_at <= budget.resets_at
        left = budget.limit if over else max(budget.remaining, 0)
        until = budget.resets_at if budget.resets_at > now else None
        found.append(Limit(_last(budget.bucket), budget.bucket, left, budget.limit, until))
    return sorted(found, key=lambda limit: limit.left / limit.of if limit.of else 0)


def _last(bucket: str) -> str:
    """The connector's word for what the bucket counts."""
    return {"read": _("reading"), "write": _("writing")}.get(word := bucket.rpartition("/")[2], word)


def refusals(channel: Channel) -> list[Refusals]:
    """Replies that were refused within seven days, by reason, and how many of them within one."""
    now = timezone.now()
    rows = _refused([channel.pk], now - WEEK).order_by().values_list("reason")
    counted = rows.annotate(week=Count("pk"), day=Count("pk", filter=Q(attempted_at__gt=now - DAY)))
    silent = _("The network did not say why.")
    found = [Refusals(words.refusal(reason) or silent, day, week) for reason, week, day in counted]
    return sorted(found, key=lambda one: -one.week)


def costs(channel: Channel) -> list[Cost]:
    """What the channel cost today and within thirty days, by what was charged, the dearest first."""
    today = spending.today()
    titles = {price.what: _(price.title) for price in able(channel).prices}
    found: dict[str, list[Cost]] = defaultdict(list)
    days = Spending.objects.filter(channel=channel, day__gt=today - timedelta(days=MONTH))
    for what, day, pieces, usd in days.values_list("what", "day", "pieces", "usd"):
        found[what].append(Cost("", pieces, usd if day == today else Decimal(0), usd))
    rows = [_summed(titles.get(what, what), costs) for what, costs in found.items()]
    return sorted(rows, key=lambda cost: -cost.month)


def total(rows: Iterable[Cost]) -> Cost:
    """All of them together."""
    return _summed(_("Together"), list(rows))


def _summed(title: str, rows: Sequence[Cost]) -> Cost:
    return Cost(
        title,
        sum(row.pieces for row in rows),
        sum((row.today for row in rows), Decimal(0)),
        sum((row.month for row in rows), Decimal(0)),
    )


def lacking(channel: Channel) -> list[tuple[str, str]]:
    """Permissions that were not granted, and what does not work without each."""
    ways = networks.ways(channel.network)
    whys = {permission.name: permission.why for way in ways for permission in way.permissions}
    return [(str(name), _(whys[name]) if name in whys else "") for name in channel.missing]


def how_read(channel: Channel, can: Capabilities) -> str:
    """By which road what customers say reaches us."""
    if channel.settings.get("webhook"):
        return _("The network calls us, and we ask now and then whether anything was missed.")
    if "stream" in can.reads_by:
        return _("By the network’s stream, and we ask now and then whether anything was missed.")
    return _("We ask every %(n)s seconds.") % {"n": int(can.poll_every)}
