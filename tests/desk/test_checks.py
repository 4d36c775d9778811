"""Checks as the page gets them, the voice that leads write, and what a brand makes a condition."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from kikite.accounts.models import Agent, Brand, Membership
from kikite.cases.models import Attachment, Case, Reply
from kikite.channels.models import Channel
from kikite.playbooks.models import Link, Voice

from . import factory


@pytest.fixture
def case(channel: Channel) -> Case:
    return factory.case(channel, "Worst airline ever, where is my bag?")


def ask(desk: Client, case: Case, text: str, mode: str = "public") -> dict[str, Any]:
    answer = desk.post(f"/tsubame/cases/{case.pk}/checks", {"text": text, "mode": mode})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def names(answer: dict[str, Any]) -> list[str]:
    return [one["check"] for one in answer["findings"]]


def send(desk: Client, case: Case, text: str) -> tuple[int, str]:
    answer = desk.post(f"/tsubame/cases/{case.pk}/replies", {"text": text, "mode": "public", "token": str(uuid4())})
    return answer.status_code, answer.content.decode()


def lead(agent: Agent) -> None:
    Membership.objects.filter(agent=agent).update(role=Membership.Role.LEAD)


def test_places_are_told_as_browsers_count_them(desk: Client, case: Case) -> None:
    answer = ask(desk, case, "Sorry 😀 your welcome.")
    assert [(one["start"], one["end"], one["fix"]) for one in answer["findings"]] == [(9, 13, "you're")]


def test_the_case_is_known(desk: Client, case: Case) -> None:
    assert names(ask(desk, case, "Your bag will be at gate 14 within the hour.")) == ["apology"]
    assert names(ask(desk, case, "Sorry. Your booking QK7T2M is on it.")) == ["private_data"]
    assert names(ask(desk, case, "Sorry. Your booking QK7T2M is on it.", "private")) == []


def test_a_picture_without_alt_text(desk: Client, case: Case, chie: Agent) -> None:
    Attachment.objects.create(case=case, agent=chie, kind="image", mime="image/png", name="map.png", body=b"x")
    assert names(ask(desk, case, "")) == ["alt"]
    Attachment.objects.update(alt="The way to gate 14")
    assert names(ask(desk, case, "")) == []


def test_few_queries(desk: Client, case: Case, django_assert_max_num_queries: Any) -> None:
    plan = {"text": "Sorry, your bag comes.", "mode": "public"}
    with django_assert_max_num_queries(8):  # the session, the agent, the brand and the case are five of them
        desk.post(f"/tsubame/cases/{case.pk}/checks", plan)


def test_harper_is_named_for_english_alone(desk: Client, case: Case, brand: Brand) -> None:
    assert "harper.wasm" in ask(desk, case, "Sorry, your bag is here.")["spelling"]["binary"]
    assert "spelling" not in ask(desk, case, "申し訳ございません。")
    Voice.objects.create(brand=brand, language="en", levels={"spelling": "off"})
    assert "spelling" not in ask(desk, case, "Sorry, your bag is here.")


def test_a_link_is_looked_at_by_a_worker_once(desk: Client, case: Case) -> None:
    text = "Sorry! How to claim a bag that got lost: https://tsubame.example/old"
    assert ask(desk, case, text)["waiting"]
    assert not ProcrastinateJob.objects.filter(task_name__endswith="look_at_link").exists()  # it may still grow
    text += " See you."
    assert ask(desk, case, text)["waiting"] and ask(desk, case, text)["waiting"]
    assert ProcrastinateJob.objects.filter(task_name__endswith="look_at_link").count() == 1
    Link.objects.update(dead=True, looked_at=timezone.now())
    answer = ask(desk, case, text)
    assert names(answer) == ["dead"] and not answer["waiting"]


def test_another_brands_case_is_not_found(desk: Client) -> None:
    other = factory.case(factory.channel(factory.brand("other", "Other"), key="901"))
    assert desk.post(f"/tsubame/cases/{other.pk}/checks", {"text": "Hi"}).status_code == 404
    assert desk.post("/other/settings/voice/words", {"language": "en", "word": "x"}).status_code == 404


def test_what_the_brand_made_a_condition_is_held_by_the_server(desk: Client, case: Case, brand: Brand) -> None:
    text = "Sorry. Your booking QK7T2M is on it."
    Voice.objects.create(brand=brand, language="en", levels={"private_data": "blocking"})
    answer = ask(desk, case, text)
    assert answer["strict"] and answer["findings"][0]["blocks"]
    status, why = send(desk, case, text)
    assert status == 422 and "everybody reads it" in why
    assert not Reply.objects.exists()
    assert send(desk, case, "Sorry. Your booking is on it.")[0] == 200


def test_advice_never_blocks(desk: Client, case: Case) -> None:
    assert send(desk, case, "Your welcome. You should have called.")[0] == 200


def test_words_are_learnt_by_the_brand(desk: Client, case: Case, brand: Brand) -> None:
    words = {"language": "en", "word": " Kaiju  Class "}
    for _ in range(2):
        assert desk.post("/tsubame/settings/voice/words", words).status_code == 204
    assert Voice.objects.get(brand=brand).dictionary == "Kaiju Class"
    assert "Kaiju Class" in ask(desk, case, "Sorry, you are in Kaiju Class.")["spelling"]["known"]
    assert desk.post("/tsubame/settings/voice/words", {"language": "xx", "word": "x"}).status_code == 422
    assert desk.post("/tsubame/settings/voice/words", {"language": "en", "word": " "}).status_code == 422


def test_leads_write_the_voice(desk: Client, case: Case, chie: Agent, brand: Brand) -> None:
    assert desk.get("/tsubame/settings/voice").status_code == 403
    lead(chie)
    page = desk.get("/tsubame/settings/voice/ja").content.decode()
    assert "check_keigo" in page and "check_confused" not in page
    assert desk.get("/tsubame/settings/voice/xx").status_code == 404
    form = {"tone": "Warm.", "avoid": "staff = crew", "prefer": "right away", "dictionary": ""}
    rules = {f"check_{name}": "advice" for name in _rules(desk)} | {"check_arguing": "off"}
    assert desk.post("/tsubame/settings/voice/en", form | rules).status_code == 302
    kept = Voice.objects.get(brand=brand, language="en")
    assert kept.levels == {"arguing": "off", "customer_name": "advice"}
    answer = ask(desk, case, "Sorry Mara, our staff comes. You should have called.")
    assert [(one["check"], one["fix"]) for one in answer["findings"]] == [("avoided", "crew")]
    assert (answer["tone"], answer["prefer"]) == ("Warm.", ["right away"])


def _rules(desk: Client) -> list[str]:
    from kikite.playbooks.checks.registry import checks

    return [check.name for check in checks() if check.speaks("en")]


def test_spelling_cannot_be_a_condition(desk: Client, chie: Agent) -> None:
    lead(chie)
    rules = {f"check_{name}": "advice" for name in _rules(desk)} | {"check_spelling": "blocking"}
    assert desk.post("/tsubame/settings/voice/en", rules).status_code == 422
