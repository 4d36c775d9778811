"""Signing in on the real practice server: who comes back, with what, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from kikite.accounts.models import Agent, Brand
from kikite.channels import vault
from kikite.channels.models import Channel, SigningIn
from kikite.networks import registry
from kikite.workflows import connecting, signing_in
from kikite.workflows.connecting import CannotConnect, Plan, way_of
from kikite.workflows.signing_in import Choice, NotExpected
from tests.contract.practice_stage import BRAND, PracticeStage
from tests.networks.practice.consenting import consent

from .ground import a_brand, an_agent
from .oauth import plan, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return a_brand()


@pytest.fixture
def agent(brand: Brand) -> Agent:
    return an_agent(brand)


@pytest.fixture
def cargo(stage: PracticeStage) -> str:
    stage.server.admin("POST", "/brands", handle="TsubameCargo", name="Tsubame Cargo")
    return "TsubameCargo"


def test_the_whole_way(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    channel = signed_in(stage, brand, agent)
    assert (channel.handle, channel.way, channel.missing) == (BRAND, "sign-in", [])
    assert channel.expires_at is not None and not SigningIn.objects.exists()
    with registry.network("practice").connect(vault.account(channel)) as link:
        assert link.identify().author.key == channel.key


def test_what_is_kept_meanwhile_shows_nothing(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    url = signing_in.depart(plan(stage, brand), agent)
    (row,) = SigningIn.objects.all()
    assert row.state not in url and stage.account.base_url.encode() not in bytes(row.sealed)


@pytest.mark.parametrize("state", ["", "forged", "x" * 5000, "\x00", "日本", "\ud800"])
def test_a_forged_state(stage: PracticeStage, brand: Brand, agent: Agent, state: str) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    with pytest.raises(NotExpected):
        signing_in.returned(agent, {**back, "state": state})
    assert not Channel.objects.exists()
    assert isinstance(signing_in.returned(agent, back), Channel)


def test_somebody_elses_return(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    """Whoever is made to open another person's link connects nothing."""
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    with pytest.raises(NotExpected):
        signing_in.returned(an_agent(brand), back)
    assert not Channel.objects.exists()


def test_a_brand_that_they_no_longer_work_for(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    agent.memberships.all().delete()
    with pytest.raises(NotExpected):
        signing_in.returned(agent, back)


def test_good_for_one_return(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    signing_in.returned(agent, back)
    with pytest.raises(NotExpected):
        signing_in.returned(agent, back)


def test_a_quarter_of_an_hour(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    SigningIn.objects.update(at=timezone.now() - timedelta(minutes=16))
    with pytest.raises(NotExpected, match="quarter"):
        signing_in.returned(agent, back)
    assert not Channel.objects.exists()


def test_a_code_that_was_used(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    first = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    signing_in.returned(agent, first)
    again = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    with pytest.raises(CannotConnect, match="does not accept") as told:
        signing_in.returned(agent, {**again, "code": first["code"]})
    assert told.value.plan is not None and told.value.plan.network.name == "practice"


def test_a_no(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND, allow=False)
    with pytest.raises(CannotConnect, match="did not allow"):
        signing_in.returned(agent, back)
    assert not SigningIn.objects.exists() and not Channel.objects.exists()


def test_another_refusal_is_told_in_the_networks_words(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    said = {"state": back["state"], "error": "server_error", "error_description": "We are closed."}
    with pytest.raises(CannotConnect, match="We are closed"):
        signing_in.returned(agent, said)


def test_a_required_permission_is_named_with_its_reason(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND, scopes=("messages",))
    with pytest.raises(CannotConnect, match=r"write: .*Without it nobody can be answered"):
        signing_in.returned(agent, back)
    assert not Channel.objects.exists()


def test_another_permission_can_be_left_out(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND, scopes=("write",))
    channel = signing_in.returned(agent, back)
    assert isinstance(channel, Channel) and channel.missing == ["messages"]


def test_several_accounts_are_chosen_from(stage: PracticeStage, brand: Brand, agent: Agent, cargo: str) -> None:
    choice = signing_in.returned(agent, consent(signing_in.depart(plan(stage, brand), agent), BRAND, cargo))
    assert isinstance(choice, Choice) and {one.handle for one in choice.accounts} == {BRAND, cargo}
    keys = {one.handle: one.key for one in choice.accounts}
    with pytest.raises(NotExpected):
        signing_in.choose(an_agent(brand), choice.pk, keys[cargo])
    with pytest.raises(CannotConnect):
        signing_in.choose(agent, choice.pk, "no such account")
    assert signing_in.choose(agent, choice.pk, keys[cargo]).handle == cargo
    assert signing_in.choose(agent, choice.pk, keys[BRAND]).handle == BRAND
    with pytest.raises(NotExpected):
        signing_in.choose(agent, choice.pk, keys[BRAND])
    assert Channel.objects.count() == 2


def test_again_keeps_everything(stage: PracticeStage, brand: Brand, agent: Agent, cargo: str) -> None:
    channel = signed_in(stage, brand, agent)
    Channel.objects.update(cursor="42", unauthorised_at=timezone.now(), trouble="dead")
    before = bytes(channel.secrets)
    found = signing_in.returned(agent, consent(signing_in.depart(plan(stage, brand, channel), agent), BRAND, cargo))
    assert isinstance(found, Channel) and found.pk == channel.pk
    channel.refresh_from_db()
    assert (channel.cursor, channel.unauthorised_at, channel.trouble) == ("42", None, "")
    assert (channel.hook, channel.way) == (found.hook, "sign-in") and bytes(channel.secrets) != before


def test_again_as_another_account_is_told(stage: PracticeStage, brand: Brand, agent: Agent, cargo: str) -> None:
    channel = signed_in(stage, brand, agent)
    before = bytes(channel.secrets)
    with pytest.raises(CannotConnect, match=f"This is @{cargo}, but the channel is @{BRAND}"):
        signing_in.returned(agent, consent(signing_in.depart(plan(stage, brand, channel), agent), cargo))
    channel.refresh_from_db()
    assert bytes(channel.secrets) == before and Channel.objects.count() == 1


def test_disconnecting_gives_access_back(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    channel = signed_in(stage, brand, agent)
    account = vault.account(channel)
    connecting.disconnect(channel, agent)
    channel.refresh_from_db()
    assert channel.disconnected_at is not None and bytes(channel.secrets) == b"" and channel.expires_at is None
    network = registry.network("practice")
    with pytest.raises(Exception, match="not known"), network.connect(account) as link:
        link.identify()


def test_disconnecting_from_a_network_that_is_away(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    channel = signed_in(stage, brand, agent)
    stage.stop()
    try:
        connecting.disconnect(channel, agent)
    finally:
        stage.start()
    channel.refresh_from_db()
    assert channel.disconnected_at is not None and bytes(channel.secrets) == b""


def test_no_server_there(brand: Brand, agent: Agent, stage: PracticeStage) -> None:
    wrong = replace(plan(stage, brand), values={"base_url": "http://127.0.0.1:9"})
    with pytest.raises(CannotConnect, match="does not answer"):
        signing_in.depart(wrong, agent)
    assert not SigningIn.objects.exists()


def test_a_way_without_signing_in(stage: PracticeStage, brand: Brand, agent: Agent) -> None:
    network = registry.network("practice")
    values = {"base_url": stage.account.base_url, "token": "t"}
    with pytest.raises(CannotConnect):
        signing_in.depart(Plan(brand, network, way_of(network, "token"), values), agent)
