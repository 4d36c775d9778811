"""Two real workers against a real limit: together they stay within it, and every reply leaves once when it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from kikite.cases.models import Message, ReplyPart
from kikite.cases.states import PartState
from kikite.networks.contract import Reason
from tests.contract.practice_stage import PracticeStage
from tests.outbox.zygote import Workers

from .desk import Desk
from .ground import until

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT, REPLIES = 20, 30


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[PracticeStage]:
    stage = PracticeStage(tmp_path, rate=LIMIT)
    yield stage
    stage.close()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path / "workers.log")
    yield workers
    workers.close()


def in_state(state: PartState) -> int:
    return ReplyPart.objects.filter(state=state).count()


def test_two_workers_stay_within_a_limit_and_lose_nothing(limited: PracticeStage, workers: Workers) -> None:
    desk = Desk(limited)
    for number in range(REPLIES):
        limited.post(f"guest{number}s", f"Where is my bag number {number}?")
    desk.hear()
    cases = [message.case for message in Message.objects.filter(direction="in").select_related("case")]
    texts = [f"We look for bag {number}." for number in range(len(cases))]
    for case, text in zip(cases, texts, strict=True):
        assert case is not None
        desk.reply(case, text)
        if text == texts[0]:
            desk.send()  # and so the limit is known
    workers.begin()
    workers.begin()
    until(lambda: in_state(PartState.SENT) == LIMIT, "as many replies as the limit lets through")
    until(lambda: not in_state(PartState.SENDING), "the end of what was under way")
    waiting = ReplyPart.objects.filter(state=PartState.QUEUED)
    assert waiting.count() == REPLIES - LIMIT
    until(
        lambda: waiting.filter(reason=Reason.RATE_LIMITED, not_before__gt=timezone.now()).exists(), "a reply that waits"
    )
    assert not waiting.filter(detail__contains="Too many requests").exists()  # the network refused nobody
    limited.server.admin("DELETE", "/faults")  # the next window
    until(lambda: _tried_again(desk) and in_state(PartState.SENT) == REPLIES, "the rest")
    assert Counter(post.text for post in desk.standing()) == Counter(texts)


def _tried_again(desk: Desk) -> bool:
    desk.later()
    return True
