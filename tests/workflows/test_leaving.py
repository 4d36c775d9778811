"""Replies that leave later: taken back in time, hurried on, or held because the customer wrote first."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from kikite.cases import replying as deeds
from kikite.cases.models import Attachment, ReplyPart
from kikite.cases.replying import OVERTAKEN
from kikite.cases.states import PartState
from kikite.history.models import Verb
from kikite.workflows import attaching, replying

from .desk import Desk, fresh
from .test_attaching import picture

pytestmark = pytest.mark.django_db
TEXT = "We are sorry. " * 30


def later(desk: Desk, *, seconds: float = 3600, holds: bool = False, text: str = TEXT) -> list[ReplyPart]:
    at = timezone.now() + timedelta(seconds=seconds)
    reply = replying.send(desk.post(), desk.agent, text, False, uuid4(), leaves_at=at, holds=holds)
    return list(reply.parts.order_by("number"))


def test_it_waits_and_then_leaves(desk: Desk) -> None:
    parts = later(desk)
    desk.send()
    assert len(parts) > 1 and desk.standing() == []
    desk.later()
    desk.send()
    assert [post.text for post in desk.standing()] == [part.text for part in parts]


def test_taken_back_whole_with_its_files(desk: Desk) -> None:
    case = desk.post()
    way = replying.ways(case)[0]
    assert way is not None
    attaching.attach(case, desk.agent, "gate.png", picture(), way.limits, private=False)
    at = timezone.now() + timedelta(seconds=5)
    reply = replying.send(case, desk.agent, TEXT, False, uuid4(), leaves_at=at)
    last = reply.parts.order_by("number").last()
    assert last is not None and attaching.draft(case, desk.agent) == []
    assert deeds.take_back(last, desk.agent)
    desk.later()
    desk.send()
    assert desk.standing() == []
    assert set(reply.parts.values_list("state", flat=True)) == {PartState.WITHDRAWN}
    (file,) = attaching.draft(case, desk.agent)
    assert file.name == "gate.png" and bytes(Attachment.objects.get().body)


def test_nothing_that_began_to_leave_is_taken_back(desk: Desk) -> None:
    first, *_, last = later(desk, seconds=0)
    assert desk.sender.send_due()
    assert not deeds.take_back(last, desk.agent)
    desk.send()
    assert len(desk.standing()) > 1 and fresh(first).state == PartState.SENT


def test_it_can_leave_sooner(desk: Desk) -> None:
    first, *_ = later(desk, holds=True)
    assert deeds.leave_now(first, desk.agent)
    desk.send()
    assert fresh(first).state == PartState.SENT and not deeds.leave_now(first, desk.agent)


def test_it_is_held_when_the_customer_writes_first(desk: Desk) -> None:
    (part,) = later(desk, holds=True, text="Your bag comes tomorrow.")
    desk.post("It is here, thank you!", reply_to=part.reply.answers.key)
    desk.later()
    desk.send()
    part = fresh(part)
    assert (part.state, part.reason, desk.standing()) == (PartState.REFUSED, OVERTAKEN, [])
    assert desk.told(part.case, Verb.REFUSED)[0]["reason"] == OVERTAKEN
    assert deeds.retry(part, desk.agent)
    desk.send()
    assert fresh(part).state == PartState.SENT


def test_it_is_not_held_where_nobody_asked_for_it(desk: Desk) -> None:
    (part,) = later(desk, text="Your bag comes tomorrow.")
    desk.post("Hello?", reply_to=part.reply.answers.key)
    desk.later()
    desk.send()
    assert fresh(part).state == PartState.SENT
