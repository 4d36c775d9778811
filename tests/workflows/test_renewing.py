"""Access that ends by itself, on the real practice server: renewed once, whoever needs it, and never lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from kikite.cases.states import PartState
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Account, Renewal, Unauthorised, Unreachable
from kikite.workflows import connecting, renewing
from kikite.workflows.reading import ChannelReader
from tests.contract.practice_stage import BRAND, PracticeStage

from .desk import Desk
from .ground import a_brand, an_agent
from .oauth import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(stage: PracticeStage) -> Channel:
    brand = a_brand()
    return signed_in(stage, brand, an_agent(brand))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """Every request to renew that leaves for the server, as it leaves."""
    network = registry.network("practice")
    seen: list[Account] = []
    real = network.renew

    def renew(account: Account, *, timeout: float = 15.0) -> Renewal:
        seen.append(account)
        return real(account, timeout=timeout)

    monkeypatch.setattr(network, "renew", renew)
    return seen


def ends(channel: Channel, left: timedelta) -> None:
    channel.expires_at = timezone.now() + left
    Channel.objects.filter(pk=channel.pk).update(expires_at=channel.expires_at)


def works(account: Account) -> bool:
    with registry.network("practice").connect(account) as link:
        return bool(link.identify().author.key)


def kept(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def test_access_that_lives_is_left_alone(channel: Channel, asked: list[Account]) -> None:
    assert works(renewing.fresh(channel))
    assert asked == []


def test_eight_at_once_ask_once(stage: PracticeStage, channel: Channel, asked: list[Account]) -> None:
    stage.expire()
    ends(channel, timedelta(seconds=-1))
    stage.renew()
    tokens, together = [], threading.Barrier(8)

    def need() -> None:
        own = kept(channel)
        together.wait()
        account = renewing.fresh(own)
        tokens.append(account.secrets["token"])
        assert works(account)
        connection.close()

    threads = [threading.Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(asked) == 1
    assert len(tokens) == 8 and len(set(tokens)) == 1
    assert kept(channel).expires_at > timezone.now() + timedelta(minutes=30)  # type: ignore[operator]


def test_a_renewal_that_fails_keeps_the_old_and_says_so(stage: PracticeStage, channel: Channel) -> None:
    before = bytes(channel.secrets)
    ends(channel, timedelta(minutes=2))
    stage.stop()
    try:
        renewing.fresh(channel)
        said = kept(channel).settings["renewal"]
        assert "does not answer" in said["why"] and said["refused"] is False
        assert bytes(kept(channel).secrets) == before
        ends(channel, timedelta(seconds=-1))
        with pytest.raises(Unreachable):
            renewing.fresh(channel)
    finally:
        stage.start()
    assert works(renewing.fresh(channel))
    assert "why" not in kept(channel).settings["renewal"]


def test_a_failed_renewal_is_not_tried_at_every_turn(
    stage: PracticeStage, channel: Channel, asked: list[Account]
) -> None:
    stage.server.admin("DELETE", f"/permits/{BRAND}")
    ends(channel, timedelta(minutes=2))
    for _ in range(3):
        renewing.fresh(channel)
    assert len(asked) == 1
    assert kept(channel).settings["renewal"]["refused"] is True


def test_the_timetable_renews_what_nobody_uses(channel: Channel, asked: list[Account]) -> None:
    ends(channel, timedelta(minutes=2))
    renewing.renew_all()
    assert len(asked) == 1 and not renewing.due(kept(channel))


def test_refused_access_is_renewed_before_the_channel_counts_as_dead(
    stage: PracticeStage, channel: Channel, asked: list[Account]
) -> None:
    """The server forgot our access before its time."""
    stage.expire()
    stage.renew()
    stop = threading.Event()
    reader = ChannelReader(channel.pk, stop)
    reader._read(kept(channel))
    assert len(asked) == 1
    assert kept(channel).unauthorised_at is None
    assert works(renewing.fresh(kept(channel)))


def test_what_the_owner_took_back_is_dead(stage: PracticeStage, channel: Channel) -> None:
    stage.server.admin("DELETE", f"/permits/{BRAND}")
    assert not renewing.rescued(channel)
    stop = threading.Event()
    stop.set()
    ChannelReader(channel.pk, stop)._read(kept(channel))
    assert kept(channel).unauthorised_at is not None


def test_a_reply_goes_out_although_access_had_ended(desk: Desk, stage: PracticeStage, asked: list[Account]) -> None:
    case = desk.post()
    signed = signed_in(stage, desk.brand, desk.agent)
    assert signed.pk == desk.channel.pk
    stage.expire()
    stage.renew()
    (part,) = desk.reply(case)
    desk.send()
    part.refresh_from_db()
    assert part.state == PartState.SENT and part.attempts == 1
    assert len(asked) == 1 and len(desk.standing()) == 1


def test_once_is_enough(stage: PracticeStage, channel: Channel, asked: list[Account]) -> None:
    """Renewed a moment ago and refused again: somebody has to connect it."""
    assert renewing.rescued(channel)
    assert not renewing.rescued(channel)
    assert len(asked) == 1


def test_others_renewed_it_already(channel: Channel, asked: list[Account]) -> None:
    late = kept(channel)
    assert renewing.rescued(channel)
    assert renewing.rescued(late)
    assert bytes(late.secrets) == bytes(channel.secrets) and len(asked) == 1


def test_a_disconnected_channel_is_not_renewed(channel: Channel) -> None:
    late = kept(channel)
    connecting.disconnect(channel, None)
    ends(late, timedelta(seconds=-1))
    with pytest.raises(Unauthorised):
        renewing.fresh(late)
    assert bytes(kept(channel).secrets) == b""


# --- credentials that a connection renewed by itself ---


class _Link:
    def __init__(self, renewed: dict[str, str]) -> None:
        self.renewed: dict[str, str] | None = renewed


def secrets_of(channel: Channel) -> dict[str, str]:
    return dict(vault.account(kept(channel)).secrets)


def test_what_two_connections_renewed_is_merged(channel: Channel) -> None:
    first, second = kept(channel), kept(channel)
    base = secrets_of(channel)
    renewing.keep_renewed(first, _Link({**base, "token": "new"}))  # type: ignore[arg-type]
    renewing.keep_renewed(second, _Link({**base, "webhook_secret": "other"}))  # type: ignore[arg-type]
    assert secrets_of(channel) == {**base, "token": "new", "webhook_secret": "other"}
    assert bytes(second.secrets) == bytes(kept(channel).secrets)


def test_what_somebody_gave_anew_is_not_overwritten(channel: Channel) -> None:
    late = kept(channel)
    base = secrets_of(channel)
    Channel.objects.filter(pk=channel.pk).update(secrets=vault.seal({**base, "token": "given anew"}))
    renewing.keep_renewed(late, _Link({**base, "token": "rotated"}))  # type: ignore[arg-type]
    assert secrets_of(channel)["token"] == "given anew"


def test_forgotten_credentials_stay_forgotten(channel: Channel) -> None:
    late = kept(channel)
    connecting.disconnect(channel, None)
    renewing.keep_renewed(late, _Link({"token": "rotated"}))  # type: ignore[arg-type]
    assert bytes(kept(channel).secrets) == b""


def test_short_lives_are_renewed_in_their_last_third() -> None:
    network = registry.network("practice")
    account = Account("1", "a", "", {"refresh_token": "r"}, {"life": 30})
    assert network.able(account).renews == timedelta(seconds=10)
    assert network.able(replace(account, settings={"life": "soon"})).renews == timedelta(minutes=5)
    assert network.able(replace(account, secrets={})).renews is None
