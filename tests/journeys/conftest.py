"""A browser, a served desk and the morning at the practice airline.

pytest reads this file before Django is set up; so it imports models only where they are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from .browser import OPTIONS

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam
    from playwright.sync_api import Browser, Page

    from kikite.accounts.models import Agent
    from tests.desk.scene import Scene

# Playwright keeps an event loop in the tests' thread; Django takes that for code that must not touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"

type Enter = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(django_db_setup: None) -> Iterator[str]:
    """One web process for all journeys; each journey begins with an empty database."""
    from django.db import connection

    from tests.desk.serving import serving

    with serving(connection.settings_dict) as found:
        yield found


@pytest.fixture
def address(served: str, transactional_db: None) -> str:
    return served


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    from tests.desk.scene import airline

    return airline()


@pytest.fixture
def enter(chromium: Browser, address: str, scene: Scene) -> Iterator[Enter]:
    """Open a page of the desk as somebody who is signed in; a script's error fails the test."""
    errors: list[str] = []
    contexts = []

    def opened(who: Agent | None = None, path: str = "/tsubame/", *, phone: bool = False) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = chromium.new_context(viewport=size, has_touch=phone, reduced_motion="reduce")  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies([session(who or scene.chie, address)])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(address + path)
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def session(who: Agent, address: str) -> SetCookieParam:
    """The cookie of somebody who signed in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(who)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": address}
