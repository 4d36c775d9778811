"""A reply that a person posts in the network's own app is known again when it shows up there."""

from __future__ import annotations

from uuid import uuid4

import pytest

from kikite.accounts.models import Agent
from kikite.cases import handing, replying
from kikite.cases.models import Case, Message, Reply, ReplyPart
from kikite.cases.states import PartState
from kikite.channels.models import Channel
from kikite.history.models import Event, Verb
from tests.desk import factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return factory.channel(factory.brand())


@pytest.fixture
def chie(channel: Channel) -> Agent:
    return factory.agent("Chie Park", channel.brand)


@pytest.fixture
def case(channel: Channel) -> Case:
    return factory.case(channel, "Nobody is at the counter")


def hand_over(case: Case, by: Agent, *parts: str, private: bool = False) -> Reply:
    asked = case.messages.get(direction=Message.Direction.IN)
    return replying.queue(
        case, by, case.channel, asked, " ".join(parts), parts, private=private, token=uuid4(), handed=True
    )


def shows_up(channel: Channel, text: str, to: str) -> Message:
    """Our account's post, as the network tells of it."""
    stage = factory.Stage(channel)
    stage.answer(to, text)
    stage.perform()
    return Message.objects.filter(direction=Message.Direction.OUT).latest("pk")


def test_the_post_that_shows_up_is_the_reply(channel: Channel, case: Case, chie: Agent) -> None:
    reply = hand_over(case, chie, "Somebody will be there in 10 minutes. ^CP")
    asked = case.messages.get()
    message = shows_up(channel, "Somebody will be there in ten minutes! ^CP", asked.key)
    part = reply.parts.get()
    assert (part.state, part.message) == (PartState.SENT, message)
    assert message.agent == chie
    verbs = Event.objects.filter(case_id=case.pk).values_list("verb", flat=True)
    assert Verb.HANDED_OVER in verbs and Verb.SENT in verbs and Verb.ANSWERED_ELSEWHERE not in verbs
    case.refresh_from_db()
    assert case.waiting_since is None


def test_a_post_to_somebody_else_is_not(channel: Channel, case: Case, chie: Agent) -> None:
    reply = hand_over(case, chie, "Somebody will be there")
    other = factory.case(channel, "Where is my bag?", factory.author("ken"))
    shows_up(channel, "Somebody will be there", other.messages.get().key)
    assert reply.parts.get().state == PartState.HANDED


def test_a_thread_is_known_part_by_part(channel: Channel, case: Case, chie: Agent) -> None:
    reply = hand_over(case, chie, "One 1/2", "Two 2/2")
    first, second = reply.parts.order_by("number")
    one = shows_up(channel, "One", case.messages.get().key)
    assert replying.answered_key(second) == one.key
    two = shows_up(channel, "Two", one.key)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.message, second.message) == (one, two)


def test_what_its_agent_says_is_posted_counts_until_it_shows_up(channel: Channel, case: Case, chie: Agent) -> None:
    part = hand_over(case, chie, "Somebody will be there").parts.get()
    assert handing.posted(part, chie) and not handing.posted(part, chie)
    case.refresh_from_db()
    assert case.waiting_since is None
    asked = case.messages.get(direction=Message.Direction.IN)
    message = shows_up(channel, "Somebody will be there", asked.key)
    part.refresh_from_db()
    assert part.message == message
    assert list(case.messages.filter(direction=Message.Direction.OUT)) == [message]


def test_a_refused_part_can_be_handed_over_with_what_follows(case: Case, chie: Agent) -> None:
    asked = case.messages.get()
    reply = replying.queue(case, chie, case.channel, asked, "One Two", ["One", "Two"], private=False, token=uuid4())
    first = reply.parts.get(number=1)
    assert not handing.hand_over(first, chie)
    ReplyPart.objects.filter(pk=first.pk).update(state=PartState.REFUSED)
    assert handing.hand_over(first, chie)
    assert {part.state for part in reply.parts.all()} == {PartState.HANDED}


def test_withdrawn_it_is_an_answer_from_elsewhere(channel: Channel, case: Case, chie: Agent) -> None:
    part = hand_over(case, chie, "Somebody will be there").parts.get()
    assert replying.withdraw(part, chie)
    message = shows_up(channel, "Somebody will be there", case.messages.get().key)
    assert message.agent is None
    assert Event.objects.filter(case_id=case.pk, verb=Verb.ANSWERED_ELSEWHERE).exists()
