"""What open pages are told: rows that are the same for everybody, and counts of one's own."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from kikite.accounts.models import Agent, Brand
from kikite.cases import assigning, closing, snoozing
from kikite.channels.models import Channel
from kikite.desk.rows import counts, render_rows

from . import factory


def test_rows_carry_what_a_page_needs_to_place_them(channel: Channel, chie: Agent) -> None:
    first, second = factory.cases(channel, 2)
    assigning.assign(first, chie, chie)
    closing.resolve(second, chie)
    told = {row["id"]: row for row in render_rows(channel.brand_id, [first.pk, second.pk], ["en"])["en"]}
    assert told[first.pk]["assignee"] == chie.pk and told[first.pk]["state"] == "open"
    assert told[first.pk]["waiting"] == first.first_at.isoformat()
    assert told[second.pk]["waiting"] is None and told[second.pk]["last"] == second.last_at.isoformat()
    html = str(told[first.pk]["html"])
    assert html.startswith(f'<li class="row" id="row-{first.pk}"') and html.rstrip().endswith("</li>")
    assert "Chie" in html and "yours" not in html


def test_rows_never_cross_brands(channel: Channel) -> None:
    other = factory.case(factory.channel(factory.brand("other", "Other"), key="9"))
    assert render_rows(channel.brand_id, [other.pk], ["en"])["en"] == []


def test_rows_speak_the_readers_language(channel: Channel, chie: Agent) -> None:
    from datetime import timedelta

    from django.utils import timezone

    case = factory.case(channel)
    snoozing.snooze(case, chie, timezone.now() + timedelta(hours=1))
    assert "snoozed" in str(render_rows(channel.brand_id, [case.pk], ["en"])["en"][0]["html"])


def test_many_rows_take_as_many_queries_as_one(
    channel: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = factory.cases(channel, 12)
    for ids in ([made[0].pk], [case.pk for case in made]):
        with django_assert_num_queries(3):
            assert len(render_rows(channel.brand_id, ids, ["ja"])["ja"]) == len(ids)


def test_counts_are_ones_own(brand: Brand, channel: Channel, chie: Agent) -> None:
    owen = factory.agent("Owen Bell", brand)
    first, second, third = factory.cases(channel, 3)
    for case in (first, second):
        assigning.assign(case, chie, owen)
    closing.resolve(second, owen)
    assigning.assign(third, chie, chie)
    everybodys = {"queue": 2, "unassigned": 0, "mine": 1}
    assert counts(brand.pk, [chie.pk, owen.pk]) == {chie.pk: everybodys, owen.pk: everybodys}


@pytest.mark.django_db
def test_counts_of_nobody() -> None:
    assert counts(1, []) == {}
