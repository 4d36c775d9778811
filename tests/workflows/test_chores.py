"""Between two polls: searches for the listeners, posts that are asked about again, names that are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from kikite.cases.models import Message
from kikite.channels import vault
from kikite.channels.models import Channel, Delivery, Gap, Listener
from kikite.customers.models import Profile
from kikite.networks import registry
from kikite.networks.base import BaseConnection
from kikite.networks.contract import Author, Capabilities, Connection, Unauthorised, Unreachable
from kikite.workflows import chores, metering, receive
from kikite.workflows.metering import ChannelMeter
from kikite.workflows.profiles import look_up
from kikite.workflows.sweeping import sweep

from .calls import a_channel, created
from .desk import Desk


@contextmanager
def linked(desk: Desk) -> Iterator[Connection]:
    channel = Channel.objects.get(pk=desk.channel.pk)
    with registry.network("practice").connect(vault.account(channel), meter=ChannelMeter(channel)) as link:
        yield link


def a_round(desk: Desk) -> None:
    channel = Channel.objects.get(pk=desk.channel.pk)
    with linked(desk) as link:
        chores.do(channel, link)
    receive.Reader().read_all()


def a_word() -> str:
    return f"word{uuid4().hex[:12]}"


class TestListeners:
    def test_what_nobody_told_us_becomes_a_case(self, desk: Desk) -> None:
        word = a_word()
        desk.stage.post(desk.customer, f"Nobody at the check-in counter, {word}", mention=False)
        desk.hear()
        assert not Message.objects.filter(text__contains=word).exists()
        Listener.objects.create(channel=desk.channel, query=f"counter {word}")
        a_round(desk)
        message = Message.objects.get(text__contains=word)
        assert message.case is not None and message.names == []
        a_round(desk)
        assert Message.objects.filter(text__contains=word).count() == 1

    def test_each_search_goes_on_where_the_last_one_ended(self, desk: Desk) -> None:
        word = a_word()
        listener = Listener.objects.create(channel=desk.channel, query=word)
        keys = []
        for number in range(2):
            keys.append(desk.stage.post(desk.customer, f"{word} number {number}", mention=False))
            Listener.objects.update(searched_at=None)
            a_round(desk)
            listener.refresh_from_db()
            assert listener.cursor == keys[-1]
        assert set(Message.objects.filter(text__contains=word).values_list("key", flat=True)) == set(keys)

    def test_who_names_us_is_told_apart(self, desk: Desk) -> None:
        word = a_word()
        desk.stage.post(desk.customer, word)
        desk.hear()
        assert Message.objects.get(text__contains=word).names == [desk.channel.key]

    def test_a_search_that_fails_troubles_nothing_else(self, desk: Desk) -> None:
        listener = Listener.objects.create(channel=desk.channel, query=a_word())
        desk.stage.server.admin("POST", "/faults", kind="error_before", on="read")
        a_round(desk)
        listener.refresh_from_db()
        assert listener.trouble and not Channel.objects.get(pk=desk.channel.pk).trouble

    def test_a_dead_token_is_the_readers_trouble(self, desk: Desk) -> None:
        Listener.objects.create(channel=desk.channel, query=a_word())
        desk.stage.server.admin("POST", "/faults", kind="unauthorised", on="read", next=1)
        with pytest.raises(Unauthorised):
            a_round(desk)


class TestSweep:
    def test_what_is_gone_is_deleted_here_without_a_word_of_the_network(self, desk: Desk) -> None:
        word = a_word()
        key = desk.stage.post(desk.customer, f"My address is {word}")
        case = desk.case_of(key)
        desk.stage.erase(desk.customer, key)
        desk.stage.server.admin("DELETE", "/memory/TsubameAir")  # the network tells nobody
        desk.hear()
        assert Message.objects.get(key=key).text
        a_round(desk)
        message = Message.objects.get(key=key)
        assert message.deleted_at and message.text == "" and message.case_id == case.pk
        kept = Delivery.objects.filter(channel=desk.channel)
        assert not any(word.encode() in bytes(body) for body in kept.values_list("body", flat=True))

    def test_an_edit_that_nobody_told_of_arrives_and_the_old_words_go(self, desk: Desk) -> None:
        old, new = a_word(), a_word()
        key = desk.stage.post(desk.customer, old)
        desk.case_of(key)
        desk.stage.edit(desk.customer, key, f"@TsubameAir {new}")
        desk.stage.server.admin("DELETE", "/memory/TsubameAir")
        a_round(desk)
        assert new in Message.objects.get(key=key).text
        bodies = Delivery.objects.filter(channel=desk.channel).values_list("body", flat=True)
        assert not any(old.encode() in bytes(body) for body in bodies)

    def test_what_stands_costs_no_delivery(self, desk: Desk) -> None:
        desk.post()
        before = Delivery.objects.count()
        a_round(desk)
        assert Delivery.objects.count() == before

    def test_private_messages_are_no_posts(self, desk: Desk) -> None:
        desk.whisper()
        with linked(desk) as link:
            channel = Channel.objects.get(pk=desk.channel.pk)
            assert sweep(channel, link, Capabilities(private_messages=True, refreshes=100)) == 0

    def test_in_turns_once_a_day(self, desk: Desk) -> None:
        can = Capabilities(private_messages=True, refreshes=2)
        for _ in range(5):
            desk.post()
        channel = Channel.objects.get(pk=desk.channel.pk)
        with linked(desk) as link:
            assert [sweep(channel, link, can) for _ in range(5)] == [2, 2, 1, 0, 0]
            channel.refresh_from_db()
            assert channel.swept_to == 0 and channel.swept_at
            Channel.objects.update(swept_at=F("swept_at") - timedelta(days=1))
            channel.refresh_from_db()
            assert sweep(channel, link, can) == 2

    def test_it_waits_before_anything_more_urgent_does(self, desk: Desk) -> None:
        from kikite.networks.contract import Budget

        desk.post()
        metering.forget()
        bucket = f"account/{desk.channel.key}/read"
        ChannelMeter(desk.channel).told(bucket, Budget(10, 4, timezone.now() + timedelta(hours=1)))
        a_round(desk)
        assert not Channel.objects.get(pk=desk.channel.pk).swept_to
        desk.post()  # the reader may still poll

    def test_old_messages_are_left_alone(self, desk: Desk) -> None:
        desk.post()
        Message.objects.update(posted_at=timezone.now() - timedelta(days=31))
        with linked(desk) as link:
            channel = Channel.objects.get(pk=desk.channel.pk)
            assert sweep(channel, link, Capabilities(private_messages=True, refreshes=100)) == 0


class TestGap:
    def test_time_that_the_network_forgot_is_kept_as_a_gap(self, desk: Desk) -> None:
        desk.hear()
        desk.stage.post(desk.customer, "Nobody will ever hear this")
        desk.stage.server.admin("DELETE", "/memory/TsubameAir")
        after = desk.stage.post(desk.customer, "But this")
        with linked(desk) as link:
            page = link.poll(desk.channel.cursor)
        assert page.gap is not None
        receive.keep(desk.channel, page.deliveries, page.cursor, page.gap)
        receive.keep(desk.channel, page.deliveries, page.cursor, page.gap)
        gap = Gap.objects.get(channel=desk.channel)
        assert gap.since <= gap.until and gap.seen_at is None and "forgot" in gap.why
        receive.Reader().read_all()
        assert Message.objects.filter(key=after).exists()


class Names(BaseConnection):
    """A network that tells names apart from messages."""

    def __init__(self, *known: Author) -> None:
        self.known = known
        self.asked: list[str] = []

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        self.asked += keys
        return [author for author in self.known if author.key in keys]


@pytest.mark.django_db
class TestProfiles:
    CAN = Capabilities(private_messages=True, profiles_apart=True)

    def arrived(self) -> Channel:
        channel = a_channel()
        from kikite.networks.practice import translation

        event = created("p1", author={"id": "7", "handle": "", "name": ""})
        receive.keep(channel, [translation.delivery(event)])
        receive.Reader().read_all()
        return channel

    def look_up(self, channel: Channel, names: Names) -> int:
        return look_up(channel, names, self.CAN)  # type: ignore[arg-type]

    def test_names_come_after_the_message(self) -> None:
        channel = self.arrived()
        names = Names(Author("7", "mara", "Mara K.", "https://pictures.example/7"))
        assert self.look_up(channel, names) == 1
        profile = Profile.objects.select_related("customer").get(brand=channel.brand)
        assert (profile.name, profile.customer.name, profile.handle) == ("Mara K.", "Mara K.", "mara")
        assert self.look_up(channel, names) == 0

    def test_unknown_and_broken_ones_are_not_asked_for_all_the_time(self) -> None:
        channel = self.arrived()
        names = Names(Author("", "nobody", "Nobody"))
        assert [self.look_up(channel, names), self.look_up(channel, names)] == [1, 0]
        assert Profile.objects.get(brand=channel.brand).name == ""

    def test_again_after_a_week(self) -> None:
        channel = self.arrived()
        names = Names(Author("7", "mara", "Mara K."))
        self.look_up(channel, names)
        Profile.objects.update(looked_up_at=timezone.now() - timedelta(days=8))
        names.known = (Author("7", "mara", "Mara Kimura"),)
        assert self.look_up(channel, names) == 1
        assert Profile.objects.get(brand=channel.brand).name == "Mara Kimura"

    def test_what_fails_is_tried_again(self) -> None:
        channel = self.arrived()

        class Away(Names):
            def profiles(self, keys: Sequence[str]) -> list[Author]:
                raise Unreachable("away")

        with pytest.raises(Unreachable):
            self.look_up(channel, Away())
        assert self.look_up(channel, Names()) == 1
