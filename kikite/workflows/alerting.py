"""What a person must mend: said by the desk while it lasts, and told to the admins by e-mail, once when it begins and
once when it is over. Incidents stand in the database, so that nobody is told twice after a restart."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent
from kikite.channels.models import Channel, Incident
from kikite.networks import registry

from .abilities import able

log = logging.getLogger(__name__)

SOON = timedelta(days=7)
LONG = timedelta(minutes=5)
Kind = Incident.Kind


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that a channel needs a person for, since when, and the network's own words on it."""

    channel: Channel
    kind: Incident.Kind
    since: datetime
    detail: str = ""


def alarms(channels: Iterable[Channel], now: datetime | None = None) -> list[Alarm]:
    """What is the matter with these channels now, the worst of each."""
    moment = now or timezone.now()
    found = (_alarm(channel, moment) for channel in channels if channel.disconnected_at is None)
    return [alarm for alarm in found if alarm]


def ends(channel: Channel, now: datetime) -> datetime | None:
    """When access ends, if that is soon and nothing renews it: a renewal that is due and did not come counts too."""
    if channel.expires_at is None:
        return None
    renews = able(channel).renews
    return channel.expires_at if channel.expires_at - now < (renews / 2 if renews else SOON) else None


def _alarm(channel: Channel, now: datetime) -> Alarm | None:
    if channel.unauthorised_at:
        return Alarm(channel, Kind.UNAUTHORISED, channel.unauthorised_at, channel.trouble)
    if channel.trouble_since and now - channel.trouble_since >= LONG:
        return Alarm(channel, Kind.TROUBLE, channel.trouble_since, channel.trouble)
    if until := ends(channel, now):
        return Alarm(channel, Kind.EXPIRING, until)
    return None


# --- telling ----------------------------------------------------------------------------------------------------


def watch(now: datetime | None = None) -> None:
    """Write down what began and what is over, and tell of it what was not told."""
    moment = now or timezone.now()
    _note(alarms(Channel.objects.connected(), moment), moment)
    if settings.MAILS:
        for pk in _untold():
            _tell(pk, moment)


@transaction.atomic
def _note(standing: Sequence[Alarm], now: datetime) -> None:
    ids = []
    for alarm in standing:
        began = now if alarm.kind is Kind.EXPIRING else alarm.since
        incident, _created = Incident.objects.get_or_create(
            channel=alarm.channel, kind=alarm.kind, over_at=None, defaults={"began_at": began, "detail": alarm.detail}
        )
        ids.append(incident.pk)
    Incident.objects.filter(over_at=None).exclude(pk__in=ids).update(over_at=now)


def _untold() -> list[int]:
    """Incidents of which nobody was told, unless they are over already, and ends of those of which somebody was."""
    begun = Q(told_at=None, over_at=None)
    ended = Q(told_at__isnull=False, over_at__isnull=False, over_told_at=None)
    return list(Incident.objects.filter(begun | ended).order_by("pk").values_list("pk", flat=True))


def _tell(pk: int, now: datetime) -> None:
    """One e-mail to each admin. It is noted before it is sent, so that a crash in between tells nobody twice; what the
    mail server did not take is told again."""
    with transaction.atomic():
        incident = Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if incident is None:
            return
        what = "over_told_at" if incident.over_at else "told_at"
        if getattr(incident, what) is not None:
            return
        Incident.objects.filter(pk=pk).update(**{what: now})
    try:
        _send(Incident.objects.select_related("channel__brand").get(pk=pk))
    except OSError as error:  # smtplib's exceptions are
        log.warning("the mail server took no alert: %s", type(error).__name__)
        Incident.objects.filter(pk=pk, **{what: F(what)}).update(**{what: None})


def _send(incident: Incident) -> None:
    brand = incident.channel.brand
    for admin in Agent.objects.filter(is_admin=True, is_active=True, memberships__brand=brand).distinct():
        with translation.override(admin.language):
            subject, body = _words(incident)
            EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [admin.email]).send()


def _words(incident: Incident) -> tuple[str, str]:
    channel = incident.channel
    names = {"channel": channel.handle, "network": _(registry.network(channel.network).title)}
    if incident.over_at:
        subject = _("%(channel)s on %(network)s works again")
        body = _("It is read and answered as before. What was said meanwhile is being fetched.")
    elif incident.kind == Kind.UNAUTHORISED:
        subject = _("%(channel)s on %(network)s must be connected again")
        body = _("The network no longer takes our credentials. Replies wait, and nothing that was kept is lost.")
    elif incident.kind == Kind.EXPIRING:
        subject = _("%(channel)s on %(network)s will soon lose its access")
        body = _("Connect it again before its access ends. Until then everything works.")
    else:
        subject = _("%(channel)s on %(network)s can’t be read")
        body = _("It is tried again by itself. What is said meanwhile is fetched when the network answers again.")
    detail = f"\n\n{incident.detail}" if incident.detail and not incident.over_at else ""
    return " ".join((subject % names).split()), f"{body}{detail}\n\n{settings.PUBLIC_URL}/channels\n"
