"""The inbox: who sees what, in which order, page by page, in how many queries."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kikite.accounts.models import Agent, Brand
from kikite.cases import assigning, closing
from kikite.channels.models import Channel
from kikite.desk import lists
from kikite.desk.lists import Shelf

from . import factory
from .factory import fragment


def rows(response: Any) -> list[int]:
    return [int(found) for found in re.findall(r'id="row-(\d+)"', response.content.decode())]


def test_nobody_reads_the_inbox_without_signing_in(brand: Brand) -> None:
    response = Client().get("/tsubame/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/tsubame/")


def test_an_open_page_is_sent_to_the_sign_in_when_the_session_is_over(brand: Brand) -> None:
    headers = fragment("list") | {"HX-Current-URL": "http://testserver/tsubame/cases/7/?in=mine"}
    response = Client().get("/tsubame/", headers=headers)
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/sign-in?next=/tsubame/cases/7/%3Fin%3Dmine"


def test_the_queue_holds_what_waits_the_longest_wait_first(desk: Client, channel: Channel) -> None:
    made = factory.cases(channel, 3)
    assert rows(desk.get("/tsubame/")) == [case.pk for case in made]


def test_another_brand_is_not_found(desk: Client) -> None:
    factory.brand("other", "Other")
    assert desk.get("/other/").status_code == 404


def test_mine_holds_what_was_given_to_me_and_is_not_resolved(desk: Client, chie: Agent, channel: Channel) -> None:
    first, second, third = factory.cases(channel, 3)
    for case in (first, second):
        assigning.assign(case, chie, chie)
    closing.resolve(first, chie)
    assert rows(desk.get("/tsubame/mine")) == [second.pk]
    assert rows(desk.get("/tsubame/all")) == [third.pk, second.pk, first.pk]


def test_unassigned_holds_what_waits_and_nobody_took(desk: Client, chie: Agent, brand: Brand, channel: Channel) -> None:
    first, second, third = factory.cases(channel, 3)
    assigning.assign(first, chie, chie)
    closing.resolve(second, chie)
    assert rows(desk.get("/tsubame/unassigned")) == [third.pk]
    assert lists.counts(chie, brand)["unassigned"] == 1
    assigning.assign(first, chie, None)
    assert rows(desk.get("/tsubame/unassigned")) == [first.pk, third.pk]


@pytest.mark.parametrize("shelf", list(Shelf))
def test_pages_of_a_list_join_without_a_gap(desk: Client, chie: Agent, channel: Channel, shelf: Shelf) -> None:
    made = factory.cases(channel, 2 * lists.PAGE + 3)
    if shelf is not Shelf.UNASSIGNED:
        for case in made:
            assigning.assign(case, chie, chie)
    seen: list[int] = []
    path = "/tsubame/" if shelf is Shelf.QUEUE else f"/tsubame/{shelf.value}"
    address, target = path, "list"
    for _ in range(3):
        response = desk.get(address, headers=fragment(target))
        seen += rows(response)
        found = re.search(r'hx-get="([^"]+)"', response.content.decode())
        address, target = (found.group(1).replace("&amp;", "&") if found else ""), "more"
    expected = [case.pk for case in made]
    assert seen == (expected[::-1] if shelf is Shelf.ALL else expected)
    assert address == ""


def test_mine_goes_on_to_what_waits_for_the_customer(chie: Agent, brand: Brand, channel: Channel) -> None:
    made = factory.cases(channel, lists.PAGE + 4)
    for case in made:
        assigning.assign(case, chie, chie)
    stage = factory.Stage(channel)
    answered = made[:5]
    for case in answered:
        stage.answer(case.messages.get().key, "Done.")
    stage.perform()
    first = lists.page(chie, brand, Shelf.MINE)
    second = lists.page(chie, brand, Shelf.MINE, first.next)
    numbers = [case.pk for case in first.cases + second.cases]
    assert numbers == [case.pk for case in made[5:] + answered]
    assert second.next == ""


@pytest.mark.parametrize(
    "cursor", ["x", "~", "2026~1", "2026-01-01T00:00:00~1", "2026-13-01T00:00:00Z~1", "~1x", "a~" + "9" * 40]
)
def test_a_cursor_that_is_none_is_a_bad_request(desk: Client, cursor: str) -> None:
    assert desk.get("/tsubame/", {"after": cursor}).status_code == 400


def test_a_row_says_who_where_what_and_why(desk: Client, channel: Channel) -> None:
    stage = factory.Stage(channel)
    mara = factory.author("mara", "Mara <K>")
    first = stage.say(mara, "Hello?", 80)
    stage.say(mara, "予約 <b>QK7T2M</b> はどこですか", 70, private=True, reply_to=first)
    stage.perform()
    page = desk.get("/tsubame/").content.decode()
    assert "Mara &lt;K&gt;" in page
    assert "@mara" in page and "@TsubameAir" in page and 'title="Practice network"' in page
    assert '<span lang="ja">予約 &lt;b&gt;QK7T2M&lt;/b&gt; はどこですか</span>' in page
    assert "asked 2 times" in page
    assert 'data-mark="over"' in page and "1 h 20" in page
    assert "#lock" in page


def test_a_list_takes_as_many_queries_for_forty_rows_as_for_one(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factory.cases(channel, 1)
    with django_assert_num_queries(6):  # session, agent, brand, cases, profiles, who named us
        desk.get("/tsubame/", headers=fragment("list"))
    factory.cases(channel, 60)
    with django_assert_num_queries(6):
        desk.get("/tsubame/", headers=fragment("list"))
    desk.get("/tsubame/")  # the first page notes in the session which brand was seen
    with django_assert_num_queries(10):  # and the brands, the three counts of the navigation, the channels' alarms
        desk.get("/tsubame/")


def test_counts_stop_at_a_thousand(
    chie: Agent, brand: Brand, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST", 5)
    made = factory.cases(channel, 7)
    assigning.assign(made[0], chie, chie)
    assert lists.counts(chie, brand) == {"queue": 5, "unassigned": 5, "mine": 1}


def test_an_empty_queue_says_what_will_appear(desk: Client) -> None:
    assert "Nobody is waiting" in desk.get("/tsubame/").content.decode()


def test_pages_are_kept_by_nobody(desk: Client) -> None:
    response = desk.get("/tsubame/")
    assert "no-store" in response["Cache-Control"]
    assert "HX-Target" in response["Vary"]


def test_pages_have_no_inline_scripts_or_styles(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    for path in ("/tsubame/", f"/tsubame/cases/{case.pk}/", "/settings", "/channels"):
        page = desk.get(path).content.decode()
        assert not re.search(r"<[^>]+\sstyle=", page)
        assert not re.search(r"<[^>]+\son\w+=", page)
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_home_leads_to_the_first_brand_and_explains_when_there_is_none(desk: Client, db: None) -> None:
    assert desk.get("/")["Location"] == "/tsubame/"
    nobody = Client()
    nobody.force_login(factory.agent("New Person"))
    assert "No brand yet" in nobody.get("/").content.decode()


def test_pages_of_no_brand_stay_with_the_brand_seen_last(desk: Client, chie: Agent) -> None:
    from kikite.accounts.models import Membership

    Membership.objects.create(agent=chie, brand=factory.brand("zebra", "Zebra Bus"))
    assert desk.get("/")["Location"] == "/tsubame/"
    desk.get("/zebra/")
    assert 'href="/zebra/mine"' in desk.get("/settings").content.decode()
    assert desk.get("/")["Location"] == "/zebra/"


def test_times_are_told_in_the_agents_zone(desk: Client, channel: Channel, chie: Agent) -> None:
    case = factory.case(channel)
    page = desk.get(f"/tsubame/cases/{case.pk}/").content.decode()
    assert timezone.localtime(case.first_at, timezone.get_fixed_timezone(540)).strftime("%H:%M") in page
    chie.time_zone = "Mars/Olympus"
    chie.save()
    utc = (case.first_at + timedelta(0)).strftime("%H:%M")
    assert utc in desk.get(f"/tsubame/cases/{case.pk}/").content.decode()
