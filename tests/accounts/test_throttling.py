"""Who fails too often has to wait, whether or not there is such an agent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kikite.accounts.models import Agent, FailedSignIn
from kikite.accounts.throttling import TRIES_AN_EMAIL, WINDOW

pytestmark = pytest.mark.django_db
RIGHT = "a long enough password"


def sign_in(client: Client, password: str, email: str = "chie@tsubame.example") -> int:
    return client.post("/sign-in", {"username": email, "password": password}).status_code


@pytest.fixture
def agent() -> Agent:
    return Agent.objects.create_agent("chie@tsubame.example", RIGHT, "Chie P.")


def test_the_right_password_no_longer_helps_after_too_many_wrong_ones(client: Client, agent: Agent) -> None:
    for _ in range(TRIES_AN_EMAIL):
        assert sign_in(client, "wrong") == 200
    assert sign_in(client, RIGHT) == 200
    assert "_auth_user_id" not in client.session


def test_the_wait_ends(client: Client, agent: Agent) -> None:
    for _ in range(TRIES_AN_EMAIL):
        sign_in(client, "wrong", "CHIE@tsubame.example")
    FailedSignIn.objects.update(at=timezone.now() - WINDOW - timedelta(seconds=1))
    assert sign_in(client, RIGHT) == 302


def test_success_begins_the_count_anew(client: Client, agent: Agent) -> None:
    for _ in range(TRIES_AN_EMAIL - 1):
        sign_in(client, "wrong")
    assert sign_in(client, RIGHT) == 302
    assert not FailedSignIn.objects.exists()
