"""The same set of messages ends in the same cases: shuffled, repeated, split at random, several workers at once."""

from __future__ import annotations

import random
import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kikite.accounts.models import Brand
from kikite.cases.arriving import absorb
from kikite.channels.models import Channel
from kikite.networks.contract import Incoming

from .worlds import OURS, QUIET, REALM, RECEIVED, World, arrivals, expected_partition, new_brand, standing, worlds

SLOW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FEW = settings(SLOW, max_examples=25)


def take(brand: Brand, channel: Channel, things: list[Incoming]) -> None:
    with transaction.atomic():
        absorb(brand.pk, QUIET, {(REALM, OURS.key): channel.pk}, arrivals(channel, things), RECEIVED)


def split(things: list[Incoming], chooser: random.Random) -> list[list[Incoming]]:
    batches: list[list[Incoming]] = []
    while things:
        size = chooser.choice([1, 2, 3, 5, 50])
        batches.append(things[:size])
        things = things[size:]
    return batches


def disorder(world: World, chooser: random.Random) -> list[Incoming]:
    """Every thing at least once, some again, in any order."""
    things = [*world.things, *chooser.choices(world.things, k=chooser.randint(0, len(world.things)))]
    chooser.shuffle(things)
    return things


@pytest.mark.django_db
@SLOW
@given(worlds())
def test_cases_are_what_the_two_rules_say(world: World) -> None:
    brand, channel = new_brand()
    take(brand, channel, list(world.things))
    assert set(standing(brand)["cases"]) == expected_partition(world)


@pytest.mark.django_db
@SLOW
@given(worlds(), st.randoms(use_true_random=False))
def test_order_repetition_and_batches_do_not_matter(world: World, chooser: random.Random) -> None:
    brand, channel = new_brand()
    take(brand, channel, list(world.things))
    other, other_channel = new_brand()
    for batch in split(disorder(world, chooser), chooser):
        take(other, other_channel, batch)
    assert standing(other) == standing(brand)


@pytest.mark.django_db(transaction=True)
@FEW
@given(worlds(), st.randoms(use_true_random=False))
def test_several_workers_at_once(world: World, chooser: random.Random) -> None:
    brand, channel = new_brand()
    take(brand, channel, list(world.things))
    other, other_channel = new_brand()
    batches = split(disorder(world, chooser), chooser)
    errors: list[BaseException] = []

    def work(share: list[list[Incoming]]) -> None:
        try:
            for batch in share:
                take(other, other_channel, batch)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(batches[number::3],)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert standing(other) == standing(brand)
