"""Canned answers: the list in a case, the pages that keep them, and the count of what was sent."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kikite.accounts.models import Agent, Brand, Membership
from kikite.cases.models import Case
from kikite.channels.models import Channel
from kikite.playbooks.answer_models import Answer

from . import factory
from .factory import Stage, author

CODE = "Send us your booking code privately, {{customer.first_name|there}}."


@pytest.fixture
def case(channel: Channel) -> Case:
    stage = Stage(channel)
    stage.say(author("sayaka_k", "Sayaka Kimura"), "予約できません", 5, lang="ja")
    return stage.perform()[0]


@pytest.fixture
def lead(chie: Agent) -> Agent:
    Membership.objects.filter(agent=chie).update(role=Membership.Role.LEAD)
    return chie


def keep(brand: Brand, title: str = "Booking code", text: str = CODE, **extra: object) -> Answer:
    return Answer.objects.create(brand=brand, title=title, text=text, **extra)


def test_a_case_lists_what_fits_filled_in_and_the_customers_language_first(
    desk: Client, brand: Brand, case: Case
) -> None:
    keep(brand, language="en", used=9)
    keep(brand, "予約番号", "予約番号をお知らせください。", language="ja")
    keep(brand, "LINE only", "x", network="line")
    keep(factory.brand("other", "Other"), "Another brand’s", "x")
    answers = desk.get(f"/tsubame/cases/{case.pk}/answers").json()["answers"]
    assert [one["title"] for one in answers] == ["予約番号", "Booking code"]
    assert answers[1]["text"] == "Send us your booking code privately, Sayaka."


def send(desk: Client, case: Case, text: str, answer: Answer, token: str) -> None:
    values = {"text": text, "mode": "public", "token": token, "answer": [answer.pk]}
    assert desk.post(f"/tsubame/cases/{case.pk}/replies", values).status_code == 200


def test_a_use_counts_when_it_is_sent_and_once(desk: Client, brand: Brand, case: Case) -> None:
    answer, token = keep(brand), str(uuid4())
    desk.get(f"/tsubame/cases/{case.pk}/answers")
    for _ in range(2):
        send(desk, case, "Send us your booking code privately, Sayaka.", answer, token)
    answer.refresh_from_db()
    assert (answer.used, answer.used_at is not None) == (1, True)
    send(desk, case, "Something else was written in its place.", answer, str(uuid4()))
    answer.refresh_from_db()
    assert answer.used == 1


def test_an_unknown_variable_is_refused_with_its_place(desk: Client, lead: Agent) -> None:
    page = desk.post("/tsubame/settings/answers/new", {"title": "A", "text": "Hi\n{{custmer.name}}", "review_days": 9})
    assert page.status_code == 422
    assert "“{{custmer.name}}” (line 2, character 1) is no variable." in page.content.decode()
    assert not Answer.objects.exists()


def test_only_leads_keep_answers_and_only_their_own_brands(desk: Client, chie: Agent, brand: Brand) -> None:
    assert desk.get("/tsubame/settings/answers").status_code == 403
    Membership.objects.filter(agent=chie).update(role=Membership.Role.LEAD)
    other = keep(factory.brand("other", "Other"))
    assert desk.get(f"/tsubame/settings/answers/{other.pk}").status_code == 404
    assert desk.post(f"/tsubame/settings/answers/{other.pk}/removal").status_code == 404


def test_the_page_finds_saves_previews_and_deletes(desk: Client, lead: Agent, brand: Brand, case: Case) -> None:
    values = {"title": "Code", "shortcut": "/code", "text": CODE, "language": "en", "review_days": 30}
    assert desk.post("/tsubame/settings/answers/new", values).status_code == 302
    kept = Answer.objects.get(shortcut="code")
    assert desk.post("/tsubame/settings/answers/new", values).status_code == 422  # the shortcut is taken
    assert f"/answers/{kept.pk}" in desk.get("/tsubame/settings/answers?q=booking+code").content.decode()
    assert f"/answers/{kept.pk}" not in desk.get("/tsubame/settings/answers?q=refund").content.decode()
    shown = desk.post("/tsubame/settings/answers/preview", {"text": CODE, "case": case.pk}).content.decode()
    assert "Send us your booking code privately, Sayaka." in shown
    assert (
        "There is no case 99999."
        in desk.post("/tsubame/settings/answers/preview", {"text": CODE, "case": 99999}).content.decode()
    )
    assert desk.get(f"/tsubame/settings/answers/{kept.pk}").status_code == 200
    desk.post(f"/tsubame/settings/answers/{kept.pk}/removal")
    assert not Answer.objects.exists()


def upload(desk: Client, text: str) -> str:
    file = SimpleUploadedFile("answers.csv", text.encode())
    return desk.post("/tsubame/settings/answers/sheet", {"file": file}, follow=True).content.decode()


def test_answers_go_out_as_csv_and_come_back(desk: Client, lead: Agent, brand: Brand) -> None:
    keep(brand, "=Sum", "Line one,\n“two”", shortcut="sum", language="ja")
    sheet = desk.get("/tsubame/settings/answers/sheet").content.decode()
    assert "'=Sum" in sheet
    upload(desk, sheet.replace("two", "three") + "Fresh,,,,,Good morning.,\r\n")
    kept = Answer.objects.get(shortcut="sum")
    assert Answer.objects.get(title="Fresh").review_days == 180
    assert (kept.title, kept.text) == ("=Sum", "Line one,\n“three”")


def test_a_sheet_with_a_wrong_line_changes_nothing(desk: Client, lead: Agent) -> None:
    page = upload(desk, "title,text\nA,fine\nB,{{nobody}}\n")
    assert "Line 3" in page
    assert not Answer.objects.exists()
    assert "at least title and text" in upload(desk, "a,b\n1,2\n")
    assert "no CSV" in upload(desk, 'title,text\n"a,b\n')
