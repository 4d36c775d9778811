"""Parts whose outcome nobody knows: their answer was lost, or their sender died."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from kikite.cases.models import ReplyPart
from kikite.cases.states import PartState
from kikite.channels.models import Channel
from kikite.history import hearing
from kikite.networks.contract import Later, Reason, Refused, Sent, Unknown
from kikite.workflows import outcomes
from kikite.workflows.sending import GRACE, PART_LOCK, due

from .desk import TIMEOUT, Desk, fresh


class TestUnknown:
    def test_looked_up_only_when_the_request_must_have_ended(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        desk.stage.lose_answer()
        desk.send()
        part = fresh(part)
        assert part.state == PartState.UNKNOWN and part.attempted_at is not None
        assert part.not_before >= part.attempted_at + timedelta(seconds=TIMEOUT) + GRACE
        assert not due()

    def test_it_stands(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        desk.stage.lose_answer()
        desk.send()
        desk.later()
        desk.send()
        (post,) = desk.standing()
        part = fresh(part)
        assert part.state == PartState.SENT and part.message is not None and part.message.key == post.key
        assert part.attempts == 1

    def test_it_does_not_stand(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        desk.stage.lose_request()
        desk.send()
        desk.later()
        desk.send()
        assert len(desk.standing()) == 1
        assert (fresh(part).state, fresh(part).attempts) == (PartState.SENT, 2)

    def test_the_look_up_has_no_answer(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        desk.stage.lose_answer()
        desk.send()
        desk.later()
        desk.stage.server.admin("POST", "/faults", kind="unavailable", next=1, on="read")
        desk.send()
        assert fresh(part).state == PartState.UNKNOWN and fresh(part).not_before > timezone.now()
        desk.later()
        desk.send()
        assert fresh(part).state == PartState.SENT and len(desk.standing()) == 1

    def test_the_same_words_in_the_same_place(self, desk: Desk) -> None:
        """The second "Thank you!" is not taken for the first one."""
        case = desk.post()
        desk.reply(case, "Thank you!")
        desk.send()
        desk.reply(case, "Thank you!")
        desk.stage.lose_request()
        desk.send()
        desk.later()
        desk.send()
        assert [post.text for post in desk.standing()] == ["Thank you!"] * 2
        keys = ReplyPart.objects.filter(case=case).values_list("message__key", flat=True)
        assert set(keys) == {post.key for post in desk.standing()}

    def test_a_connector_that_breaks(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        from kikite.networks.practice.connection import PracticeConnection

        (part,) = desk.reply(desk.post())

        def broken(*_: object) -> None:
            raise RuntimeError("a mistake of ours")

        with monkeypatch.context() as patch:
            patch.setattr(PracticeConnection, "send", broken)
            desk.send()
        assert (fresh(part).state, fresh(part).detail) == (PartState.UNKNOWN, "RuntimeError: a mistake of ours")
        desk.later()
        desk.send()
        assert len(desk.standing()) == 1

    def test_without_a_connection_nothing_is_in_doubt(self, desk: Desk) -> None:
        (part,) = desk.reply(desk.post())
        Channel.objects.filter(pk=desk.channel.pk).update(secrets=b"encrypted with a key that was lost")
        desk.send()
        assert (fresh(part).state, fresh(part).reason) == (PartState.QUEUED, Reason.UNAVAILABLE)


class TestLost:
    def test_a_living_sender_is_left_alone(self, desk: Desk) -> None:
        part = desk.begun()
        with psycopg.connect(**hearing.parameters(), autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [PART_LOCK, part.pk])
            desk.send()
            assert fresh(part).state == PartState.SENDING
        desk.send()
        assert fresh(part).state == PartState.UNKNOWN

    def test_a_dead_one_is_waited_for(self, desk: Desk) -> None:
        """Its request may have left a moment ago, whenever it began."""
        part = desk.begun()
        ReplyPart.objects.filter(pk=part.pk).update(attempted_at=timezone.now() - timedelta(hours=1))
        desk.send()
        assert fresh(part).not_before >= timezone.now() + timedelta(seconds=TIMEOUT) + GRACE - timedelta(seconds=1)

    def test_however_many_are_being_sent_others_leave(self, desk: Desk) -> None:
        locked = []
        for number in range(20):
            desk.customer = f"crowd{number}x{desk.brand.pk}"
            locked.append(desk.begun().pk)
        desk.customer = f"last{desk.brand.pk}"
        (free,) = desk.reply(desk.post())
        with psycopg.connect(**hearing.parameters(), autocommit=True) as other:
            for pk in locked:
                other.execute("SELECT pg_advisory_lock(%s, %s)", [PART_LOCK, pk])
            desk.send()
        assert fresh(free).state == PartState.SENT

    @pytest.mark.parametrize("outcome", [Sent("999"), Later(Reason.UNAVAILABLE), Refused(Reason.GONE), Unknown()])
    def test_what_an_overtaken_sender_says_changes_nothing(self, desk: Desk, outcome: Sent | Later) -> None:
        part = desk.begun()
        ReplyPart.objects.filter(pk=part.pk).update(attempts=part.attempts + 1)
        outcomes.keep(part, outcome, timezone.now())
        assert fresh(part).state == PartState.SENDING and fresh(part).message is None

    def test_a_late_yes_is_welcome(self, desk: Desk) -> None:
        part = desk.begun()
        outcomes.lost(fresh(part), timezone.now() + timedelta(seconds=9))
        outcomes.keep(part, Sent("999"), timezone.now())
        assert fresh(part).state == PartState.SENT
