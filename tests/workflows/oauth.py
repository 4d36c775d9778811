"""Channels that were connected by signing in with the practice network."""

from __future__ import annotations

from kikite.accounts.models import Agent, Brand
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.workflows import signing_in
from kikite.workflows.connecting import Plan, way_of
from tests.contract.practice_stage import BRAND, PracticeStage
from tests.networks.practice.consenting import consent


def plan(stage: PracticeStage, brand: Brand, again: Channel | None = None) -> Plan:
    network = registry.network("practice")
    return Plan(brand, network, way_of(network, "sign-in"), {"base_url": stage.account.base_url}, again)


def signed_in(stage: PracticeStage, brand: Brand, agent: Agent) -> Channel:
    """The whole way: to the network, through its page of consent, and back."""
    back = consent(signing_in.depart(plan(stage, brand), agent), BRAND)
    channel = signing_in.returned(agent, back)
    assert isinstance(channel, Channel)
    return channel
