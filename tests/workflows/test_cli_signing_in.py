"""Signing in that begins in a terminal: the address is printed, and the command ends when the desk has them back."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pytest
from django.db import connection

from kikite.accounts.models import Agent
from kikite.channels.models import Channel
from kikite.project.cli import connecting
from kikite.project.problems import Problem
from kikite.workflows import connecting as workflow
from kikite.workflows import signing_in
from tests.contract.practice_stage import BRAND, PracticeStage
from tests.networks.practice.consenting import consent

from .ground import a_brand, an_agent, until
from .oauth import plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin() -> Agent:
    agent = an_agent(a_brand())
    agent.is_admin = True
    agent.save()
    return agent


def come_back(
    stage: PracticeStage, admin: Agent, capsys: pytest.CaptureFixture[str], *, allow: bool
) -> list[BaseException]:
    """Begin in a terminal, go through the page of consent, and be had back by the desk."""
    raised: list[BaseException] = []
    brand = admin.brands.get()

    def command() -> None:
        try:
            connecting.carry_out(plan(stage, brand), admin.email)
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=command)
    thread.start()
    printed: list[str] = []

    def address() -> bool:
        printed.extend(line for line in capsys.readouterr().out.splitlines() if urlsplit(line).scheme == "http")
        return bool(printed)

    until(address, "the address being printed")
    back = consent(printed[0], BRAND, allow=allow)
    if allow:
        signing_in.returned(admin, back)
    else:
        with pytest.raises(workflow.CannotConnect):
            signing_in.returned(admin, back)
    thread.join(20)
    assert not thread.is_alive()
    return raised


def test_the_command_ends_when_they_are_back(
    stage: PracticeStage, admin: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    assert come_back(stage, admin, capsys, allow=True) == []
    assert Channel.objects.get().way == "sign-in"
    assert f"{BRAND} on Practice network is connected" in capsys.readouterr().out


def test_the_command_says_when_it_came_to_nothing(
    stage: PracticeStage, admin: Agent, capsys: pytest.CaptureFixture[str]
) -> None:
    (error,) = come_back(stage, admin, capsys, allow=False)
    assert isinstance(error, Problem) and "did not succeed" in str(error)
    assert not Channel.objects.exists()
