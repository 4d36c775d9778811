"""Checks in the browser: found while one types, mended, moved between and let be by keys, and never in the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kikite.cases.models import Reply
from kikite.playbooks.models import Voice
from tests.desk.scene import Scene

from .conftest import Enter
from .test_access import broken

PATIENCE = 60_000  # ms: Harper comes once, and is large


@pytest.fixture(autouse=True)
def voice(scene: Scene) -> None:
    Voice.objects.create(
        brand=scene.brand, language="en", tone="Warm, plain and short.", avoid="staff = crew",
        levels={"private_data": "blocking", "spelling": "off"},
    )  # fmt: skip


def opened(enter: Enter, scene: Scene, name: str = "split") -> Page:
    page = enter(path=f"/tsubame/cases/{scene.cases[name].pk}/")
    page.locator("#draft").click()
    return page


def test_found_mended_and_let_be_by_keys(enter: Enter, scene: Scene) -> None:
    page = opened(enter, scene)
    page.keyboard.type("Your welcome, our staff is at gate 14.")
    why, draft = page.locator("#checks .why"), page.locator("#draft")
    expect(why).to_have_text("Your · “You're” is meant here")
    expect(page.locator("#checks output")).to_have_text("2 things to look at once more")
    page.keyboard.press("Alt+.")
    expect(why).to_contain_text("We say “crew” instead")
    page.keyboard.press("Alt+Enter")
    expect(draft).to_have_value("Your welcome, our crew is at gate 14.")
    expect(why).to_contain_text("is meant here")
    page.keyboard.press("Alt+Backspace")
    expect(why).to_have_count(0)
    expect(page.locator("#checks .tone")).to_have_text("Warm, plain and short.")
    expect(draft).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" Bye.")
    expect(draft).to_have_value("Your welcome, our crew is at gate 14. Bye.")


def test_the_buttons_do_the_same_and_focus_stays(enter: Enter, scene: Scene) -> None:
    page = opened(enter, scene)
    page.keyboard.type("Your welcome, our staff is at gate 14.")
    page.locator("#checks .next").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#checks .why")).to_contain_text("crew")
    expect(page.locator("#checks .next")).to_be_focused()
    page.locator("#checks .dismiss").click()
    expect(page.locator("#checks .why")).to_contain_text("is meant here")
    page.locator("#checks .mend").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#draft")).to_have_value("You're welcome, our staff is at gate 14.")
    expect(page.locator("#draft")).to_be_focused()


def test_fast_typing_loses_no_key_and_moves_nothing(enter: Enter, scene: Scene) -> None:
    page = opened(enter, scene)
    page.keyboard.type("your welcome ")
    expect(page.locator("#checks .why")).to_be_visible()
    top = page.evaluate("document.querySelector('#draft').getBoundingClientRect().top")
    words = "our staff where told " * 4
    page.keyboard.type(words, delay=50)
    expect(page.locator("#draft")).to_have_value(f"your welcome {words}")
    page.locator("#draft").fill("All is well.")
    expect(page.locator("#checks .tone")).to_be_visible()
    assert page.evaluate("document.querySelector('#draft').getBoundingClientRect().top") >= top
    page.locator("#draft").fill("Our staff will be there.")
    expect(page.locator("#checks .why")).to_contain_text("crew")
    marked = "[...CSS.highlights.get('checks')].map((one) => [one.startOffset, one.endOffset])"
    assert page.evaluate(marked) == [[4, 9]]


def test_a_condition_holds_the_reply_and_offers_the_private_way(enter: Enter, scene: Scene) -> None:
    page = opened(enter, scene, "mara")
    page.locator(".modes [data-mode=public]").click()
    page.keyboard.type("Sorry Mara. Your booking QK7T2M is changed.")
    expect(page.locator("#checks[data-blocks] .why")).to_contain_text("everybody reads it")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#draft")).to_be_focused()
    assert not Reply.objects.filter(text__contains="is changed").exists()
    page.keyboard.press("Alt+Enter")
    expect(page.locator("#composer")).to_have_attribute("data-mode", "private")
    expect(page.locator("#draft")).to_have_value("Sorry Mara. Your booking QK7T2M is changed.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".way[data-state=queued] .text").last).to_contain_text("is changed")


def test_english_is_spelt_in_the_browser_and_learns(enter: Enter, scene: Scene) -> None:
    Voice.objects.update(levels={})
    page = opened(enter, scene)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/checks"):
        page.keyboard.type("申し訳ございません。")
    assert not [url for url in asked if "harper" in url]
    page.locator("#draft").fill("Sorry, teh kaijuu class is full.")
    why = page.locator("#checks .why")
    expect(why).to_have_text("teh · Spelling", timeout=PATIENCE)
    page.keyboard.press("Alt+Enter")
    expect(page.locator("#draft")).to_have_value("Sorry, the kaijuu class is full.")
    expect(why).to_have_text("kaijuu · Spelling", timeout=PATIENCE)
    with page.expect_response("**/settings/voice/words"):
        page.keyboard.press("Alt+k")
    expect(why).to_have_count(0)
    assert Voice.objects.get(brand=scene.brand, language="en").dictionary == "kaijuu"


def test_axe_finds_nothing_in_findings_and_voice(enter: Enter, scene: Scene) -> None:
    page = opened(enter, scene)
    page.keyboard.type("Your welcome, our staff has your booking QK7T2M.")
    expect(page.locator("#checks .why")).to_be_visible()
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        assert broken(page) == []
    page.goto(page.url.split("/cases")[0] + "/settings/voice/ja")
    assert broken(page) == []
