"""From a real post to a sent reply, all by the browser: connect an account, hear a customer, answer, see it stand.

The network's server, the web process and the worker are real processes; only the database belongs to the tests.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from django.db import connection
from playwright.sync_api import Locator, Page, expect

from kikite.networks.contract import Visibility
from tests.contract.stage import Stage, Standing, opened
from tests.desk.scene import Scene
from tests.desk.serving import working

if TYPE_CHECKING:
    from .conftest import Enter

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30_000
NETWORKS = [
    "practice",
    "mastodon",
    "facebook",
    "instagram",
    "x",
    "line",
    pytest.param("bluesky", marks=pytest.mark.servers),
    pytest.param("bluesky_full", marks=pytest.mark.servers),
]
ANSWER = "Sorry, that is no use to you at all. I am looking for a later one, two minutes. ^CP"
PRIVATE = "You are on the 18:25 now, Ken, with a window seat. ^CP"


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with closing(opened(request.param, tmp_path)) as stage:
        yield stage


@pytest.fixture
def worker(network: Stage, scene: Scene) -> Iterator[None]:
    with working(connection.settings_dict):
        yield


def connect(page: Page, address: str, stage: Stage) -> None:
    """As an admin does it: the page of channels, the network's name, its form; where people sign in, the network's own
    page."""
    page.goto(f"{address}/channels")
    page.get_by_role("link", name=stage.network.title, exact=True).click()
    way = next(way for way in stage.network.ways if (way.sign_in is not None) == bool(stage.agrees))
    if len(stage.network.ways) > 1:
        page.get_by_role("navigation", name="Ways to connect").get_by_role("link", name=way.title, exact=True).click()
    known = {"base_url": stage.account.base_url, "handle": stage.account.handle, **stage.account.secrets}
    for field in way.fields:
        if known.get(field.name) and not field.choices:
            page.locator(f"[name={field.name}]").fill(known[field.name])
    if way.sign_in is None:
        page.get_by_role("button", name="Connect", exact=True).click()
    else:
        stage.expect_back(f"{address}/connect/return")
        page.get_by_role("button", name=f"Continue on {stage.network.title}").click()
        page.get_by_role("button", name=stage.agrees).click()
    expect(page.get_by_text("is connected")).to_be_visible(timeout=PATIENCE)


def stands(stage: Stage, text: str) -> Standing | None:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        found = next((post for post in stage.standing() if text in post.text), None)
        if found:
            return found
        time.sleep(0.2)
    return None


class Bell:
    """Hands the network's webhook calls to the desk's address, as the network would do it from outside."""

    def __init__(self, stage: Stage, address: str) -> None:
        from kikite.channels.models import Channel

        self.stage = stage
        self.hook = f"{address}/hooks/{Channel.objects.latest('pk').hook}"
        stage.hook()
        self.rung = len(stage.calls())

    def ring(self) -> None:
        calls = self.stage.calls()
        for headers, body in calls[self.rung :]:
            plain = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
            httpx.post(self.hook, headers=plain, content=body).raise_for_status()
        self.rung = len(calls)

    def until(self, heard: Locator) -> None:
        """Ring for whatever the network has to say until the page shows it."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not heard.is_visible() and time.monotonic() < deadline:
            self.ring()
            time.sleep(0.2)
        expect(heard).to_be_visible()


def answered(page: Page, bell: Bell, words: str, key: str, text: str) -> Standing | None:
    """A customer's words appear by themselves, are opened and answered by keys; the answer as it stands, where the
    network tells."""
    row = page.locator("#rows .row", has_text=words)
    bell.until(row)
    row.click()
    page.locator("#scroll").hover()  # nothing comes in under a pointer that rests on the list
    expect(page.locator("#open").get_by_text(words)).to_be_visible()
    expect(page.locator("#scroll")).to_be_focused()
    page.keyboard.press(key)
    expect(page.locator("#draft")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#open").get_by_text(text)).to_be_visible(timeout=PATIENCE)
    standing = stands(bell.stage, text)
    expect(page.locator("#open").get_by_text("sent", exact=True)).to_be_visible(timeout=PATIENCE)
    assert len([post for post in bell.stage.standing() if text in post.text]) == 1
    return standing


@pytest.mark.usefixtures("worker")
def test_from_a_real_post_to_a_sent_reply(enter: Enter, address: str, network: Stage) -> None:
    page = enter(path="/channels")
    connect(page, address, network)
    bell, able = Bell(network, address), network.network.able(network.account)
    page.goto(f"{address}/tsubame/")
    expect(page.locator("html[data-live]")).to_be_attached()
    if Visibility.PUBLIC in able.visibilities:
        key = network.post("Mara", "you moved my flight home three hours earlier. Help?")
        standing = answered(page, bell, "three hours earlier. Help?", "r", ANSWER)
        assert standing is not None
        assert standing.reply_to == key
    if able.private_messages:
        network.whisper("Ken", "My record locator is QK7T2M")
        assert answered(page, bell, "My record locator is QK7T2M", "p", PRIVATE) is not None
