"""One act on many cases, and what undoing gives back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kikite.accounts.models import Agent, Brand
from kikite.cases import assigning, bulk, closing
from kikite.cases.models import Case, MergedCase
from kikite.history.models import Event, Verb
from tests.desk import factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return factory.brand()


@pytest.fixture
def chie(brand: Brand) -> Agent:
    return factory.agent("Chie Park", brand)


@pytest.fixture
def owen(brand: Brand) -> Agent:
    return factory.agent("Owen Bell", brand)


@pytest.fixture
def cases(brand: Brand) -> list[Case]:
    return factory.cases(factory.channel(brand), 4)


def ids(cases: list[Case]) -> list[int]:
    return [case.pk for case in cases]


def states(cases: list[Case]) -> list[str]:
    return list(Case.objects.filter(pk__in=ids(cases)).order_by("pk").values_list("state", flat=True))


def test_all_of_them_and_back(brand: Brand, chie: Agent, cases: list[Case]) -> None:
    closing.resolve(cases[0], chie)
    done = bulk.act(brand, chie, ids(cases), bulk.resolving(chie))
    assert done.cases == ids(cases[1:]), "what is resolved is not resolved again"
    assert set(states(cases)) == {"resolved"} and done.act is not None
    assert bulk.undo(done.act, chie) == (3, 0)
    assert states(cases) == ["resolved", "new", "new", "new"]
    assert bulk.undo(done.act, chie) == (0, 0)
    verbs = Event.objects.filter(case_id=cases[1].pk).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == [Verb.RESOLVED, Verb.UNDONE]


def test_each_gets_back_what_it_had(brand: Brand, chie: Agent, owen: Agent, cases: list[Case]) -> None:
    assigning.assign(cases[0], owen, owen)
    until = timezone.now() + timedelta(hours=3)
    bulk.act(brand, owen, ids(cases[1:2]), bulk.snoozing(until))
    done = bulk.act(brand, chie, ids(cases), bulk.giving(brand, chie))
    told = Event.objects.filter(case_id=cases[0].pk, verb=Verb.ASSIGNED).latest("pk")
    assert told.data == {"to": chie.pk, "was": owen.pk}
    assert done.act is not None and bulk.undo(done.act, chie) == (4, 0)
    assert list(Case.objects.order_by("pk").values_list("assignee", flat=True)) == [owen.pk, None, None, None]
    assert states(cases)[1] == "snoozed"
    resolved = bulk.act(brand, chie, ids(cases), bulk.resolving(chie))
    assert resolved.act is not None
    bulk.undo(resolved.act, chie)
    asleep = Case.objects.get(pk=cases[1].pk)
    assert asleep.snoozed_until == until and asleep.state == "snoozed"


def test_what_was_changed_since_stays(brand: Brand, chie: Agent, owen: Agent, cases: list[Case]) -> None:
    done = bulk.act(brand, chie, ids(cases), bulk.giving(brand, chie))
    assigning.assign(cases[2], owen, owen)
    assert done.act is not None and bulk.undo(done.act, chie) == (3, 1)
    assert Case.objects.get(pk=cases[2].pk).assignee == owen


def test_a_case_that_became_part_of_another_is_meant_as_that_one(brand: Brand, chie: Agent, cases: list[Case]) -> None:
    MergedCase.objects.create(pk=999_999, into=cases[0])
    assert bulk.act(brand, chie, [999_999], bulk.resolving(chie)).cases == [cases[0].pk]


def test_other_brands_cases_are_left_alone(brand: Brand, chie: Agent) -> None:
    theirs = factory.case(factory.channel(factory.brand("other", "Other"), key="77"))
    assert bulk.act(brand, chie, [theirs.pk], bulk.resolving(chie)).cases == []
    with pytest.raises(bulk.NotOfThisBrand):
        bulk.giving(theirs.brand, chie)


def test_many_take_as_many_queries_as_one(
    brand: Brand, chie: Agent, cases: list[Case], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(13) as one:
        bulk.act(brand, chie, ids(cases[:1]), bulk.resolving(chie))
    with django_assert_num_queries(len(one.captured_queries)):
        bulk.act(brand, chie, ids(cases[1:]), bulk.resolving(chie))
