"""A network that knows a key again, and a part that may stand: only the network's own yes or no ends the doubt."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from kikite.cases import doubting
from kikite.cases.arriving import Arrival, absorb
from kikite.cases.models import Message, Reply, ReplyPart
from kikite.cases.states import PartState
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.history.models import Event, Verb
from kikite.networks import registry
from kikite.networks.contract import Author, Reason
from kikite.networks.contract import Message as Neutral
from kikite.workflows import replying
from kikite.workflows.sending import Sender

from .ground import a_brand, an_agent
from .scripted import Does, Killed, Scripted

pytestmark = pytest.mark.django_db


class Outbox:
    """One reply on a scripted network."""

    def __init__(self, network: Scripted, *, private: bool = False) -> None:
        self.network = network
        brand = a_brand()
        channel = Channel.objects.create(
            brand=brand, network="scripted", realm="scripted", key="us", handle="us", base_url="",
            secrets=vault.seal({}),
        )  # fmt: skip
        post, now = Neutral("post", Author("ann", "ann"), "Where is my bag?", timezone.now()), timezone.now()
        absorb(brand.pk, timedelta(days=7), {}, [Arrival(channel.pk, "scripted", "scripted", 0, now, post)], now)
        case = Message.objects.get().case
        assert case is not None
        self.agent = an_agent(brand)
        self.part = replying.send(case, self.agent, "Found.", private, uuid4()).parts.get()

    def works(self, does: Does = Does.WORKS) -> str:
        """A sender makes one step while the network does so; the state that the part is in then."""
        ReplyPart.objects.update(not_before=timezone.now())
        Channel.objects.update(send_after=None, unauthorised_at=None)
        self.network.next = does
        with suppress(Killed):
            Sender(1.0).send_due()
        self.part.refresh_from_db()
        return self.part.state


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    network = Scripted(idempotent=True)
    monkeypatch.setattr(registry, "network", lambda _: network)
    return network


@pytest.fixture
def outbox(network: Scripted) -> Outbox:
    return Outbox(network)


def test_asked_by_sending_again(outbox: Outbox) -> None:
    assert outbox.works(Does.LOSES_ANSWER) == PartState.UNKNOWN
    assert outbox.works() == PartState.SENT
    assert len(outbox.network.standing) == 1 and outbox.network.requests == 2


@pytest.mark.parametrize("no", [Does.LIMITS, Does.IS_AWAY, Does.EXPIRED, Does.BREAKS, Does.LOSES_REQUEST])
def test_not_now_is_no_no(outbox: Outbox, no: Does) -> None:
    """Were it queued, it would be sent afresh when the network has forgotten its key."""
    outbox.works(Does.LOSES_ANSWER)
    assert outbox.works(no) == PartState.UNKNOWN
    Reply.objects.update(written_at=timezone.now() - timedelta(hours=3))
    assert outbox.works() == PartState.SENT
    assert len(outbox.network.standing) == 1 and outbox.network.requests <= 2


def test_refused_and_yet_it_stands(outbox: Outbox) -> None:
    """What it answers was deleted after it was taken: the second attempt is refused, the first one stands."""
    outbox.works(Does.LOSES_ANSWER)
    assert outbox.works(Does.REFUSES) == PartState.SENT
    assert len(outbox.network.standing) == 1


def test_refused_and_it_does_not_stand(outbox: Outbox) -> None:
    outbox.works(Does.LOSES_REQUEST)
    assert outbox.works(Does.REFUSES) == PartState.REFUSED
    assert (outbox.part.reason, outbox.network.standing) == (Reason.BLOCKED, [])


def test_a_sender_that_died_in_asking_again(outbox: Outbox) -> None:
    outbox.works(Does.LOSES_ANSWER)
    assert outbox.works(Does.DIES_BEFORE) == PartState.SENDING
    assert outbox.works() == PartState.UNKNOWN
    assert outbox.works() == PartState.SENT
    assert len(outbox.network.standing) == 1


def test_a_forgotten_key_is_looked_up(outbox: Outbox) -> None:
    outbox.works(Does.LOSES_ANSWER)
    Reply.objects.update(written_at=timezone.now() - timedelta(seconds=3600 - 30))
    outbox.network.idempotent = False  # it has forgotten
    outbox.part.refresh_from_db()
    assert outbox.works() == PartState.SENT
    assert len(outbox.network.standing) == 1 and outbox.network.requests == 1


def test_private_words_are_looked_up_where_only_posts_have_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Scripted(idempotent=True, private_idempotent=False)
    monkeypatch.setattr(registry, "network", lambda _: network)
    outbox = Outbox(network, private=True)
    assert outbox.works(Does.LOSES_ANSWER) == PartState.UNKNOWN
    assert outbox.works() == PartState.SENT
    assert len(network.standing) == 1 and network.requests == 1


# --- a doubt that nobody ends but a person ------------------------------------------------------------------------


@pytest.fixture
def silent(outbox: Outbox) -> Outbox:
    """The answer was lost, the network has forgotten the key and does not show what stands."""
    outbox.works(Does.LOSES_ANSWER)
    Reply.objects.update(written_at=timezone.now() - timedelta(hours=3))
    outbox.network.idempotent = False
    assert outbox.works(Does.LOSES_ANSWER) == PartState.UNKNOWN
    return outbox


def time_passes() -> None:
    ReplyPart.objects.update(attempted_at=timezone.now() - doubting.PATIENCE)


def test_nobody_ends_a_young_doubt(silent: Outbox) -> None:
    assert not doubting.stands(silent.part, silent.agent) and not doubting.missing(silent.part, silent.agent)
    silent.part.refresh_from_db()
    assert silent.part.state == PartState.UNKNOWN


def test_a_person_saw_that_it_stands(silent: Outbox) -> None:
    time_passes()
    silent.part.refresh_from_db()
    assert doubting.stands(silent.part, silent.agent) and not doubting.missing(silent.part, silent.agent)
    assert silent.works() == PartState.SENT
    assert len(silent.network.standing) == 1 and silent.part.message in silent.part.case.messages.all()
    assert Event.objects.filter(verb=Verb.SENT, agent=silent.agent).count() == 1


def test_a_person_saw_that_it_does_not_stand(silent: Outbox) -> None:
    silent.network.standing.clear()
    time_passes()
    silent.part.refresh_from_db()
    assert doubting.missing(silent.part, silent.agent)
    assert silent.works() == PartState.SENT
    assert len(silent.network.standing) == 1


def test_what_came_to_light_meanwhile_goes_before_a_persons_word(silent: Outbox) -> None:
    time_passes()
    silent.part.refresh_from_db()
    seen = ReplyPart.objects.get(pk=silent.part.pk)
    assert silent.works() == PartState.SENT  # it was looked up after all
    assert not doubting.missing(seen, silent.agent) and not doubting.stands(seen, silent.agent)
    assert len(silent.network.standing) == 1
