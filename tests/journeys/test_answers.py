"""A canned answer by its slash, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from kikite.cases.models import Reply
from kikite.playbooks.answer_models import Answer
from tests.desk.scene import Scene

if TYPE_CHECKING:
    from .conftest import Enter

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_slash_finds_an_answer_and_sends_it(enter: Enter, scene: Scene) -> None:
    words = "Sorry {{customer.first_name}}, tell us your booking code in a private message."
    code = Answer.objects.create(brand=scene.brand, title="Booking code", shortcut="code", text=words, language="en")
    Answer.objects.create(brand=scene.brand, title="Refund", shortcut="refund", text="Your money is on its way.")
    page = enter(path=f"/tsubame/cases/{scene.cases['gate'].pk}/")
    page.keyboard.press("r")
    draft, options = page.locator("#draft"), page.locator("#answers [role=option]")
    page.keyboard.type("We fly 1/2 as often. /")
    expect(options).to_have_count(2)
    page.keyboard.type("refu")
    expect(options).to_have_count(1)
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(draft).to_be_focused()
    for _ in "/refu":
        page.keyboard.press("Backspace")
    page.keyboard.type("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("boo")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    said = "We fly 1/2 as often. Sorry Ruth, tell us your booking code in a private message."
    expect(draft).to_have_value(said)
    page.keyboard.press("Control+Enter")
    expect(draft).to_have_value("")
    assert Reply.objects.get(text=said).case == scene.cases["gate"]
    code.refresh_from_db()
    assert code.used == 1
