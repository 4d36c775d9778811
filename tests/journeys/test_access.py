"""Every page can be read and worked by everybody: axe finds nothing, in both themes and sizes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.desk.scene import Scene
from tests.screens.__main__ import Look, pages, sight

from .conftest import session

pytestmark = pytest.mark.django_db(transaction=True)


def broken(page: Page) -> list[str]:
    """What axe finds: the rule, and the first element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}" for one in found]


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, address: str, scene: Scene, size: str, theme: str) -> None:
    context = chromium.new_context(**(sight(Look(size, theme, "en")) | {"bypass_csp": False}))
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    assert broken(page) == []
    context.add_cookies([session(scene.chie, address)])
    for name, path in pages(scene).items():
        page.goto(address + path)
        if name != "missing":
            page.wait_for_selector("html[data-ready]")
        assert (name, broken(page)) == (name, [])
    context.close()


def test_axe_finds_nothing_in_what_opens(chromium: Browser, address: str, scene: Scene) -> None:
    context = chromium.new_context(**(sight(Look("desktop", "light", "en")) | {"bypass_csp": False}))
    context.add_cookies([session(scene.chie, address)])
    page = context.new_page()
    page.goto(f"{address}/tsubame/cases/{scene.cases['mara'].pk}/")
    page.wait_for_selector("html[data-ready]")
    for opener in (".act.assign", "[data-act=snooze]"):
        page.click(opener)
        assert broken(page) == []
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert broken(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#commands [role=option]")
    assert broken(page) == []
    context.close()
