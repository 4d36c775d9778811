"""The practice network's page in a browser: it keeps itself fresh, and never under a reader's eyes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from kikite.networks.contract import Account
from kikite.networks.practice import network
from tests.contract.desk import words
from tests.contract.practice_stage import BRAND, PracticeServer
from tests.journeys.browser import OPTIONS


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser, server: PracticeServer, brand: Account) -> Iterator[Page]:
    tab = browser.new_page(base_url=server.base_url, viewport={"width": 1440, "height": 900})
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield tab
    tab.close()
    assert errors == []


def say(server: PracticeServer, text: str) -> str:
    return str(server.admin("POST", "/posts", author="marak", text=text)["id"])


def test_new_posts_come_in_by_themselves(server: PracticeServer, tab: Page) -> None:
    tab.goto("/")
    text = words("Just now")
    key = say(server, text)
    expect(tab.locator(f"#p{key} .text")).to_have_text(text)
    server.admin("PATCH", f"/posts/{key}", text=f"{text}, edited")
    expect(tab.locator(f"#p{key} .text")).to_have_text(f"{text}, edited")
    server.admin("DELETE", f"/posts/{key}")
    expect(tab.get_by_text(text)).to_have_count(0)


def test_nothing_moves_under_who_writes(server: PracticeServer, tab: Page) -> None:
    key = say(server, words("Answer me"))
    tab.goto("/")
    post = tab.locator(f"#p{key}")
    post.locator("summary").click()
    post.get_by_label("As").fill(BRAND)
    post.get_by_label("Your reply").fill("An answer in the making")
    other = say(server, words("Meanwhile"))
    expect(tab.locator("#fresh")).to_have_text("1 new post")
    expect(tab.locator(f"#p{other}")).to_have_count(0)
    expect(post.get_by_label("Your reply")).to_have_value("An answer in the making")
    post.get_by_role("button", name="Reply").click()
    expect(tab.locator(".post.ours.depth1 .text", has_text="An answer in the making")).to_be_visible()
    expect(tab.locator(f"#p{other}")).to_be_visible()


def test_a_private_message_from_the_form(tab: Page) -> None:
    tab.goto("/messages")
    text = words("Psst")
    tab.get_by_label("As", exact=True).last.fill("owenb")
    tab.get_by_label("Your message").last.fill(text)
    tab.get_by_role("button", name="Send privately").last.click()
    expect(tab.locator(".post.private .text", has_text=text)).to_be_visible()


def test_a_choice_stays_while_others_write(server: PracticeServer, brand: Account, browser: Browser, tab: Page) -> None:
    sign_in = next(way.sign_in for way in network.ways if way.sign_in is not None)
    app = Account("", "", server.base_url)
    asking = browser.new_page(viewport={"width": 1440, "height": 900})
    asking.goto(sign_in.depart(app, redirect="http://127.0.0.1:9/back", state="s", verifier="v" * 43).url)
    asking.get_by_label("Read and write private messages").uncheck()
    tab.goto("/")
    for _ in range(2):  # what the second one shows, the first one had time to do
        key = say(server, words("Meanwhile"))
        expect(tab.locator(f"#p{key}")).to_be_visible()
    expect(asking.get_by_label("Read and write private messages")).not_to_be_checked()
    expect(asking.get_by_role("navigation")).to_have_count(1)
    asking.close()


@pytest.mark.parametrize("width", [390, 760, 1180, 1440])
def test_nothing_sticks_out(server: PracticeServer, tab: Page, width: int) -> None:
    say(server, "https://tsubame.example/" + "long" * 60 + " " + "ながい" * 20)
    tab.set_viewport_size({"width": width, "height": 844})
    for path in ("/", "/messages", "/people", f"/@{BRAND}"):
        tab.goto(path)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
