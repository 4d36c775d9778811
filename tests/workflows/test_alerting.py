"""Admins are told once of what they must mend, and once when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kikite.channels.models import Channel, Incident
from kikite.project.settings import mailer
from kikite.workflows import alerting

from .calls import a_channel
from .ground import an_agent
from .mailbox import Mailbox

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    settings.MAILERS = {"default": mailer(mailbox.url)}
    settings.MAILS = True
    yield mailbox
    mailbox.close()


@pytest.fixture
def channel() -> Channel:
    channel = a_channel()
    admin = an_agent(channel.brand)
    admin.is_admin, admin.language = True, "en"
    admin.save()
    an_agent(channel.brand)  # no admin: is told nothing
    return channel


def now_with(channel: Channel, **values: object) -> None:
    Channel.objects.filter(pk=channel.pk).update(**values)


class TestTelling:
    def test_once_when_it_begins_and_once_when_it_is_over(self, channel: Channel, mailbox: Mailbox) -> None:
        now_with(channel, unauthorised_at=timezone.now(), trouble="This token is not known.")
        alerting.watch()
        alerting.watch()
        (letter,) = mailbox.letters
        assert letter["subject"] == "TsubameAir on Practice network must be connected again"
        assert "This token is not known." in letter.get_content() and "/channels" in letter.get_content()
        now_with(channel, unauthorised_at=None, trouble="")
        alerting.watch()
        alerting.watch()
        assert mailbox.subjects()[1:] == ["TsubameAir on Practice network works again"]

    def test_a_second_incident_is_told_again(self, channel: Channel, mailbox: Mailbox) -> None:
        for _ in range(2):
            now_with(channel, unauthorised_at=timezone.now())
            alerting.watch()
            now_with(channel, unauthorised_at=None)
            alerting.watch()
        assert len(mailbox.letters) == 4 and Incident.objects.count() == 2

    def test_a_mail_server_that_refuses_is_asked_again(self, channel: Channel, mailbox: Mailbox) -> None:
        now_with(channel, unauthorised_at=timezone.now())
        mailbox.refuses = True
        alerting.watch()
        assert not mailbox.letters
        mailbox.refuses = False
        alerting.watch()
        assert len(mailbox.letters) == 1

    def test_what_was_over_before_anybody_was_told_is_not_told(self, channel: Channel, mailbox: Mailbox) -> None:
        mailbox.refuses = True
        now_with(channel, unauthorised_at=timezone.now())
        alerting.watch()
        now_with(channel, unauthorised_at=None)
        mailbox.refuses = False
        alerting.watch()
        assert not mailbox.letters

    def test_in_the_admins_language(self, channel: Channel, mailbox: Mailbox) -> None:
        channel.brand.agents.filter(is_admin=True).update(language="ja")
        now_with(channel, unauthorised_at=timezone.now())
        alerting.watch()
        assert "TsubameAir" in mailbox.subjects()[0] and "must be" not in mailbox.subjects()[0]

    def test_without_a_mail_server_incidents_are_kept_all_the_same(self, channel: Channel) -> None:
        now_with(channel, unauthorised_at=timezone.now())
        alerting.watch()
        incident = Incident.objects.get()
        assert incident.told_at is None and incident.kind == Incident.Kind.UNAUTHORISED


class TestAlarms:
    def test_trouble_is_one_after_five_minutes(self, channel: Channel) -> None:
        now = timezone.now()
        channel.trouble, channel.trouble_since = "down", now - 4 * MINUTE
        assert not alerting.alarms([channel], now)
        assert alerting.alarms([channel], now + MINUTE)[0].kind == Incident.Kind.TROUBLE

    def test_access_that_ends_within_a_week(self, channel: Channel) -> None:
        now = timezone.now()
        channel.expires_at = now + timedelta(days=8)
        assert not alerting.alarms([channel], now)
        assert alerting.alarms([channel], now + timedelta(days=2))[0].kind == Incident.Kind.EXPIRING

    def test_waiting_for_a_limit_and_being_disconnected_are_none(self, channel: Channel) -> None:
        now = timezone.now()
        channel.read_after = now + timedelta(minutes=15)
        assert not alerting.alarms([channel], now)
        channel.unauthorised_at = channel.disconnected_at = now
        assert not alerting.alarms([channel], now)
