"""Instagram names who mentioned us, and no words: they are asked for, and become a case like everything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kikite.cases.models import Message
from kikite.channels import vault
from kikite.channels.models import Channel, Delivery, Question
from kikite.networks.contract import NetworkTrouble
from kikite.networks.instagram import network
from kikite.workflows import asking, connecting, receive
from kikite.workflows.abilities import able
from kikite.workflows.metering import ChannelMeter
from tests.contract.instagram_stage import InstagramStage

from .ground import a_brand

pytestmark = pytest.mark.django_db
WORDS = "My bag is lost, @TsubameAir. Anybody?"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[InstagramStage]:
    with closing(InstagramStage(tmp_path)) as stage:
        stage.hook()
        yield stage
        stage.unhook()


@pytest.fixture
def channel(stage: InstagramStage) -> Channel:
    account = stage.account
    return connecting.connect(a_brand(), None, "instagram", account.base_url, account.secrets)


def mention(stage: InstagramStage, channel: Channel) -> str:
    """Somebody names us below a picture of their own; what the network's webhook says of it is read."""
    ground = stage.act("post", by="Di", text="Osaka", own=True)
    key = str(stage.act("post", by="Di", text=WORDS, on=ground))
    deadline = time.monotonic() + 20
    while not (told := [call for call in stage.calls() if b"mentions" in call[1]]):
        assert time.monotonic() < deadline, "the webhook was not called"
        time.sleep(0.02)
    for headers, body in told:
        receive.keep(channel, network.receive(vault.account(channel), headers, body))
    receive.Reader().read_all()
    return key


def ask(channel: Channel) -> int:
    with network.connect(vault.account(channel), meter=ChannelMeter(channel)) as link:
        asked = asking.ask(channel, link, able(channel))
    receive.Reader().read_all()
    return asked


def test_what_was_named_becomes_a_case(stage: InstagramStage, channel: Channel) -> None:
    key = mention(stage, channel)
    assert asking.wait(channel) and not Message.objects.exists()
    assert ask(channel) == 1
    message = Message.objects.get(key=key)
    assert (message.text, message.kind, message.names) == (WORDS, "mention", [channel.key])
    assert message.case is not None and message.case.waiting_since is not None
    assert not asking.wait(channel) and ask(channel) == 0


def test_named_twice_is_asked_once(stage: InstagramStage, channel: Channel) -> None:
    mention(stage, channel)
    for told in Delivery.objects.filter(key__startswith="mention"):
        told.pk, told.key, told.read_at = None, f"{told.key} again", None
        told.save()
    receive.Reader().read_all()
    assert Question.objects.count() == 1
    assert ask(channel) == 1
    assert Message.objects.count() == 1


def test_trouble_only_puts_it_off_and_not_for_ever(stage: InstagramStage, channel: Channel) -> None:
    key = mention(stage, channel)
    stage.garble("error", "read")
    with pytest.raises(NetworkTrouble):
        ask(channel)
    assert Question.objects.get().asked == 1
    stage.heal()
    assert ask(channel) == 1 and Message.objects.filter(key=key).exists()
    Question.objects.create(channel=channel, key="17890000000000000", asked=asking.TRIES)
    assert ask(channel) == 1
    assert not asking.wait(channel) and Message.objects.exclude(case=None).count() == 1
