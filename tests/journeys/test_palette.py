"""The palette of commands, by the keyboard alone: in a case, from a draft, and in Japanese."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from kikite.accounts.models import Agent
from tests.desk.scene import Scene

if TYPE_CHECKING:
    from .conftest import Enter

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_possible_is_found_done_and_comes_first_the_next_time(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['owen'].pk}/")
    page.keyboard.press("Control+k")
    field, options = page.locator("#palette input"), page.locator("#commands [role=option]")
    expect(field).to_be_focused()
    expect(options.first).to_contain_text("Next case")
    page.keyboard.type("rslv")
    expect(options).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", "command-0")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-state", "resolved")
    page.keyboard.press("Control+k")
    expect(options.first).to_contain_text("Resolve, reopen")
    page.keyboard.type("zzzz")
    expect(page.locator("#palette [role=status]")).to_be_visible()


def test_a_case_by_its_number_and_only_what_is_possible(enter: Enter, scene: Scene) -> None:
    page = enter()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    expect(page.locator("#commands")).not_to_contain_text("Write a note")
    page.keyboard.type(str(scene.cases["mara"].pk))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/tsubame/cases/{scene.cases['mara'].pk}/$"))
    expect(page.locator("#head h1")).to_contain_text("Mara Keller")


def test_the_draft_keeps_its_words_and_its_focus(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['owen'].pk}/")
    page.keyboard.press("r")
    page.keyboard.type("Dear Owen")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.type("anything")
    page.keyboard.press("Escape")
    expect(page.locator("#draft")).to_be_focused()
    expect(page.locator("#draft")).to_have_value("Dear Owen")


def test_in_japanese_by_the_words_and_by_the_english_name(enter: Enter, scene: Scene) -> None:
    Agent.objects.filter(pk=scene.chie.pk).update(language="ja")
    page = enter(path=f"/tsubame/cases/{scene.cases['owen'].pk}/")
    first = page.locator("#commands [role=option]").first
    for asked in ("保留", "snooze"):
        page.keyboard.press("Control+k")
        page.locator("#palette input").fill(asked)
        expect(first).to_contain_text("保留")
        page.keyboard.press("Escape")
