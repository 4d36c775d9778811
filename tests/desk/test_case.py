"""A case: found through the agent, told whole, changed by verbs that are resources."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kikite.accounts.models import Agent, Brand
from kikite.cases import assigning, noting
from kikite.cases.models import Act, Case, MergedCase, Reply, ReplyPart
from kikite.cases.states import PartState
from kikite.channels.models import Channel
from kikite.desk import talk as conversation
from kikite.workflows.replying import send

from . import factory
from .factory import fragment


def text(client: Client, case: Case, path: str = "") -> str:
    response = client.get(f"/tsubame/cases/{case.pk}/{path}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def elsewhere(db: None) -> Case:
    """A case of a brand for which Chie does not work."""
    return factory.case(factory.channel(factory.brand("other", "Other"), key="901"))


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "live"), ("get", "earlier?before=2026-01-01T00:00:00Z~1"), ("post", "closure"),
     ("delete", "closure"),
     ("post", "assignment"), ("delete", "assignment"), ("post", "sleep"), ("delete", "sleep"), ("post", "notes"),
     ("post", "replies"), ("post", "draft"), ("post", "parts/1/withdrawal"), ("post", "parts/1/attempt"),
     ("post", "parts/1/handing"),
     ("post", "parts/1/standing"), ("post", "messages/1/moderation"), ("post", "files"), ("get", "files/1"),
     ("post", "typing")],
)  # fmt: skip
def test_another_brands_case_is_not_found(desk: Client, elsewhere: Case, method: str, path: str) -> None:
    for brand in ("tsubame", "other"):
        response = getattr(desk, method)(f"/{brand}/cases/{elsewhere.pk}/{path}")
        assert response.status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.state == "new" and elsewhere.assignee is None


def test_media_and_pictures_of_another_brand_are_not_found(desk: Client, elsewhere: Case) -> None:
    message = elsewhere.messages.get()
    for path in (f"media/{message.pk}/0", f"pictures/{message.profile_id}"):
        assert desk.get(f"/tsubame/{path}").status_code == 404
        assert desk.get(f"/other/{path}").status_code == 404


def test_the_whole_conversation_stands_in_order(desk: Client, chie: Agent, channel: Channel) -> None:
    stage = factory.Stage(channel)
    mara = factory.author("mara", "Mara K.", followers=12400)
    cry = stage.say(mara, "You moved my flight.", 30)
    stage.answer(cry, "Sorry. Send me your booking privately.", 28)
    stage.say(mara, "QK7T2M", 20, private=True)
    case = stage.perform()[0]
    noting.note(case, chie, "Seats are free on TA 318")
    page = text(desk, case)
    places = [
        page.index(words)
        for words in ("You moved my flight.", "Sorry. Send me", 'class="msg in private', "Seats are free")
    ]
    assert places == sorted(places)
    assert "12,400 followers" in page
    assert "written on the network itself" in page
    assert "note, only for us" in page


def test_a_fragment_is_only_the_case(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    page = desk.get(f"/tsubame/cases/{case.pk}/", headers=fragment("case")).content.decode()
    assert "<html" not in page and 'id="list"' not in page and 'id="composer"' in page


def test_what_is_live_leaves_the_composer_alone(desk: Client, channel: Channel) -> None:
    page = text(desk, factory.case(channel), "live")
    assert 'id="talk"' in page and 'id="head"' in page and 'id="rail"' in page
    assert page.count("hx-swap-oob") == 4
    assert "<textarea" not in page


def test_customers_words_are_escaped_and_links_are_links(desk: Client, channel: Channel) -> None:
    case = factory.case(
        channel, '<script>alert("x")</script> see https://example.com/a?b=1&c=2). Or javascript:alert(1)'
    )
    page = text(desk, case)
    assert "<script>alert" not in page
    assert '<a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">' in page
    assert 'href="javascript' not in page


def test_a_very_long_text_is_folded(desk: Client, channel: Channel) -> None:
    case = factory.case(channel, "word " * 2000)
    assert "Show the rest" in text(desk, case)


def test_edits_and_deletions_are_seen(desk: Client, channel: Channel) -> None:
    stage = factory.Stage(channel)
    mara = factory.author("mara")
    first = stage.say(mara, "I hate you", 10)
    stage.say(mara, "I am cross with you", 9, reply_to=first, edited=2)
    case = stage.perform()[0]
    stage.delete(first)
    stage.perform()
    page = text(desk, case)
    assert "Deleted, " in page and "edited</span>" in page


def test_a_merged_case_leads_to_its_conversation(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    MergedCase.objects.create(id=999, into=case)
    response = desk.get("/tsubame/cases/999/")
    assert (response.status_code, response["Location"]) == (301, f"/tsubame/cases/{case.pk}/")


def test_long_conversations_come_in_pieces(desk: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "NEWEST", 5)
    stage = factory.Stage(channel)
    mara = factory.author("mara")
    key = stage.say(mara, "word 0.", 60)
    for number in range(1, 12):
        stage.say(mara, f"word {number}.", 60 - number, reply_to=key)
    case = stage.perform()[0]
    seen: list[int] = []
    found = conversation.talk(case, [])
    start, earlier = found.start, found.earlier
    while True:
        messages = [entry.thing for entry in found.entries if entry.kind == "message"]
        seen = [int(str(message.text)[5:-1]) for message in messages] + seen  # type: ignore[union-attr]
        if not found.earlier:
            break
        found = conversation.earlier(case, found.start)
    assert seen == list(range(12)) and earlier
    stage.say(mara, "word 12.", 1, reply_to=key)
    stage.perform()
    again = conversation.talk(case, [], start)
    assert again.start == start and len([entry for entry in again.entries if entry.kind == "message"]) == 6
    page = desk.get(f"/tsubame/cases/{case.pk}/earlier", {"before": start}).content.decode()
    assert "word 6." in page and "word 7." not in page


@pytest.mark.parametrize("place", ["", "x~1", "2026-01-01~1", "2026-01-01T00:00:00Z~x"])
def test_a_place_that_is_none_is_a_bad_request(desk: Client, channel: Channel, place: str) -> None:
    case = factory.case(channel)
    assert desk.get(f"/tsubame/cases/{case.pk}/earlier", {"before": place}).status_code == 400


def test_a_case_takes_few_queries_however_long(
    desk: Client, channel: Channel, chie: Agent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stage = factory.Stage(channel)
    mara = factory.author("mara")
    key = stage.say(mara, "first", 90)
    short = stage.perform()[0]
    expected = 12
    with django_assert_num_queries(expected):
        text(desk, short, "live")
    for number in range(40):
        stage.say(mara, f"word {number}", 80 - number, reply_to=key)
    stage.perform()
    noting.note(short, chie, "a note")
    send(short, chie, "An answer", False, uuid4())
    with django_assert_num_queries(expected + 1):  # the files of what is on its way
        text(desk, short, "live")


# --- acts ---


def test_resolving_and_reopening(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    response = desk.post(f"/tsubame/cases/{case.pk}/closure")
    case.refresh_from_db()
    assert case.state == "resolved"
    said = json.loads(response["HX-Trigger"])["desk:says"]
    assert said == {"text": "Resolved", "undo": f"/tsubame/acts/{Act.objects.get().pk}"}
    assert "Reopen" in response.content.decode()
    desk.delete(said["undo"])
    case.refresh_from_db()
    assert case.state == "new"
    assert desk.get(f"/tsubame/cases/{case.pk}/closure").status_code == 405


def test_taking_giving_and_giving_back(desk: Client, chie: Agent, brand: Brand, channel: Channel) -> None:
    case = factory.case(channel)
    owen = factory.agent("Owen Bell", brand)
    stranger = factory.agent("Stranger Else", factory.brand("other", "Other"))
    path = f"/tsubame/cases/{case.pk}/assignment"
    for data, expected in (({}, chie), ({"to": owen.pk}, owen)):
        desk.post(path, data)
        case.refresh_from_db()
        assert case.assignee == expected
    assert desk.post(path, {"to": stranger.pk}).status_code == 404
    desk.delete(path)
    case.refresh_from_db()
    assert case.assignee is None


def test_the_menu_of_colleagues_is_read_when_it_opens(desk: Client, brand: Brand, channel: Channel) -> None:
    case = factory.case(channel)
    factory.agent("Owen Bell", brand)
    factory.agent("Gone Away", brand, is_active=False)
    factory.agent("Stranger Else", factory.brand("other", "Other"))
    menu = text(desk, case, "colleagues")
    assert "Owen Bell" in menu and "Chie Park" in menu
    assert "Gone Away" not in menu and "Stranger" not in menu and "data-filter" not in menu
    for number in range(8):
        factory.agent(f"Agent{number} Many", brand)
    assert "data-filter" in text(desk, case, "colleagues")


def test_snoozing_is_in_the_agents_zone(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    path = f"/tsubame/cases/{case.pk}/sleep"
    desk.post(path, {"until": "tomorrow"})
    case.refresh_from_db()
    assert case.state == "snoozed" and case.snoozed_until
    assert timezone.localtime(case.snoozed_until, timezone.get_fixed_timezone(540)).strftime("%H:%M") == "09:00"
    local = timezone.localtime(timezone.now() + timedelta(days=3), timezone.get_fixed_timezone(540))
    desk.post(path, {"until": local.strftime("%Y-%m-%dT%H:%M")})
    case.refresh_from_db()
    assert case.snoozed_until and abs(case.snoozed_until - local) < timedelta(minutes=1)
    desk.delete(path)
    case.refresh_from_db()
    assert case.state == "new"


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01T00:00", "9999-99-99T99:99"])
def test_a_case_sleeps_only_until_a_time_to_come(desk: Client, channel: Channel, until: str) -> None:
    case = factory.case(channel)
    response = desk.post(f"/tsubame/cases/{case.pk}/sleep", {"until": until})
    assert (response.status_code, response.content.decode()) == (422, "Choose a time to come.")


def test_notes(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    assert (
        "Bag is in Leeds" in desk.post(f"/tsubame/cases/{case.pk}/notes", {"text": "Bag is in Leeds"}).content.decode()
    )
    assert desk.post(f"/tsubame/cases/{case.pk}/notes", {"text": "  "}).status_code == 422
    assert desk.post(f"/tsubame/cases/{case.pk}/notes", {"text": "x" * 10_001}).status_code == 422
    assert case.notes.count() == 1


# --- replies ---


def test_a_reply_is_taken_once_however_often_it_is_pressed(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    data = {"text": "On its way, Mara.", "mode": "public", "token": str(uuid4())}
    for _ in range(3):
        response = desk.post(f"/tsubame/cases/{case.pk}/replies", data)
        assert response.status_code == 200
    assert Reply.objects.count() == 1
    assert "Waiting to be sent" in response.content.decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [({"text": "x", "mode": "public", "token": "no"}, "out of date"),
     ({"text": "  ", "mode": "public", "token": str(uuid4())}, "nothing to send"),
     ({"text": "x", "mode": "private", "token": str(uuid4())}, "not written privately")],
)  # fmt: skip
def test_a_reply_that_cannot_be_says_why(desk: Client, channel: Channel, data: dict[str, str], words: str) -> None:
    case = factory.case(channel)
    response = desk.post(f"/tsubame/cases/{case.pk}/replies", data)
    assert response.status_code == 422 and words in response.content.decode()
    assert response["Content-Type"].startswith("text/plain")
    assert not Reply.objects.exists()


def test_a_draft_is_shown_as_it_will_stand(desk: Client, channel: Channel) -> None:
    case = factory.case(channel)
    path = f"/tsubame/cases/{case.pk}/draft"
    assert desk.post(path, {"text": "短い", "mode": "public"}).json() == {
        "parts": [{"text": "短い", "weight": 4, "limit": 280, "files": 0}]
    }
    parts = desk.post(path, {"text": "A sentence of some words. " * 30, "mode": "public"}).json()["parts"]
    assert len(parts) > 1 and parts[0]["text"].endswith(f"1/{len(parts)}")
    assert desk.get(path).status_code == 405


def test_a_refused_part_says_why_and_can_be_tried_again_or_withdrawn(
    desk: Client, chie: Agent, channel: Channel
) -> None:
    case = factory.case(channel)
    part = send(case, chie, "Hello Mara", False, uuid4()).parts.get()
    ReplyPart.objects.update(state=PartState.REFUSED, reason="blocked", detail="You are blocked <b>")
    page = text(desk, case)
    assert "The customer has blocked this account." in page and "You are blocked &lt;b&gt;" in page
    assert "Edit and send again" in page
    desk.post(f"/tsubame/cases/{case.pk}/parts/{part.pk}/attempt")
    part.refresh_from_db()
    assert part.state == PartState.QUEUED
    assert desk.post(f"/tsubame/cases/{case.pk}/parts/{part.pk}/attempt").status_code == 409
    desk.post(f"/tsubame/cases/{case.pk}/parts/{part.pk}/withdrawal")
    part.refresh_from_db()
    assert part.state == PartState.WITHDRAWN
    assert desk.post(f"/tsubame/cases/{case.pk}/parts/{part.pk}/withdrawal").status_code == 409
    assert "Hello Mara" not in text(desk, case)


def test_the_composer_opens_as_the_customer_wrote(desk: Client, channel: Channel) -> None:
    public = factory.case(channel)
    assert 'class="composer" id="composer" data-mode="public"' in text(desk, public)
    private = factory.case(channel, "Alone please", factory.author("yuki"), private=True)
    assert 'class="composer" id="composer" data-mode="private"' in text(desk, private)


def test_changes_need_the_pages_token(chie: Agent, channel: Channel) -> None:
    case = factory.case(channel)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(chie)
    assert careful.post(f"/tsubame/cases/{case.pk}/closure").status_code == 403
    assert Case.objects.get().state == "new"


def test_assigning_is_told_in_names(desk: Client, chie: Agent, brand: Brand, channel: Channel) -> None:
    case = factory.case(channel)
    owen = factory.agent("Owen Bell", brand)
    assigning.assign(case, chie, owen)
    assert "Chie gave it to Owen" in text(desk, case)


def test_undo_gives_a_case_back_to_whoever_had_it(desk: Client, chie: Agent, brand: Brand, channel: Channel) -> None:
    case, owen = factory.case(channel), factory.agent("Owen Bell", brand)
    assigning.assign(case, chie, owen)
    given = desk.post(f"/tsubame/cases/{case.pk}/assignment")
    undo = json.loads(given["HX-Trigger"])["desk:says"]["undo"]
    assert desk.delete(undo).status_code == 200
    case.refresh_from_db()
    assert case.assignee_id == owen.pk


def test_undo_leaves_what_somebody_changed_meanwhile(desk: Client, chie: Agent, brand: Brand, channel: Channel) -> None:
    case, owen = factory.case(channel), factory.agent("Owen Bell", brand)
    given = desk.post(f"/tsubame/cases/{case.pk}/assignment")
    assigning.assign(case, chie, owen)
    answer = desk.delete(json.loads(given["HX-Trigger"])["desk:says"]["undo"])
    assert "meanwhile" in answer.json()["text"]
    case.refresh_from_db()
    assert case.assignee_id == owen.pk
