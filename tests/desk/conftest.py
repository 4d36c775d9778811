"""What the desk's tests begin with: a brand, an agent who is signed in, a channel.

pytest reads this file before Django is set up; so it imports models only where they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from kikite.accounts.models import Agent, Brand
    from kikite.channels.models import Channel


@pytest.fixture
def brand(db: None) -> Brand:
    from . import factory

    return factory.brand()


@pytest.fixture
def chie(brand: Brand) -> Agent:
    from . import factory

    return factory.agent("Chie Park", brand, time_zone="Asia/Tokyo")


@pytest.fixture
def channel(brand: Brand) -> Channel:
    from . import factory

    return factory.channel(brand)


@pytest.fixture
def desk(client: Client, chie: Agent) -> Client:
    """A browser in which Chie is signed in."""
    client.force_login(chie)
    return client
