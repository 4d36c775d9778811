"""The health page says what is so while the network's server is stopped, slowed, limited and refuses us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from kikite.accounts.models import Membership
from kikite.channels import vault
from kikite.channels.models import Channel, Gap
from kikite.workflows import connecting
from tests.contract.practice_stage import PracticeStage
from tests.desk.scene import Scene
from tests.desk.serving import working
from tests.workflows.ground import a_brand

if TYPE_CHECKING:
    from .conftest import Enter

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60_000


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[PracticeStage]:
    with closing(PracticeStage(tmp_path)) as stage:
        yield stage


@pytest.fixture
def channel(stage: PracticeStage, scene: Scene) -> Channel:
    """A brand of its own, whose only channel is real."""
    brand = a_brand()
    Membership.objects.create(agent=scene.chie, brand=brand)
    Membership.objects.create(agent=scene.owen, brand=brand)
    Channel.objects.all().update(disconnected_at=timezone.now())
    account = stage.account
    return connecting.connect(brand, None, "practice", account.base_url, account.secrets)


@pytest.fixture
def worker(channel: Channel) -> Iterator[None]:
    with working(connection.settings_dict):
        yield


@pytest.fixture
def page(enter: Enter, channel: Channel) -> Page:
    return enter(path=f"/channels/{channel.pk}/health")


def says(page: Page, words: str | re.Pattern[str]) -> None:
    """Without being loaded anew."""
    expect(page.locator("#health")).to_contain_text(words, timeout=PATIENCE)


def a_new_stream(stage: PracticeStage) -> None:
    """An open stream outlives its token and its limits; a reconnected channel asks for a new one."""
    Channel.objects.filter(disconnected_at=None).update(secrets=vault.seal(stage.account.secrets))


@pytest.mark.usefixtures("worker")
def test_stopped_and_back(page: Page, stage: PracticeStage) -> None:
    says(page, "Connected")
    stage.stop()
    says(page, re.compile(r"In trouble\s*since \d\d:\d\d"))
    stage.start()
    says(page, re.compile("^\\s*Connected"))


@pytest.mark.usefixtures("worker")
def test_slowed(page: Page, stage: PracticeStage) -> None:
    """Each answer takes its time, and what customers say takes as long to reach us."""
    says(page, "Connected")
    stage.server.admin("POST", "/faults", kind="late", seconds=6, on="read")
    a_new_stream(stage)
    stage.post("mara", "Is anybody there?")
    expect(page.locator("[data-lag]")).to_have_text(re.compile(r"^([3-9](\.\d)?|[1-9]\d) s$"), timeout=PATIENCE)


@pytest.mark.usefixtures("worker")
def test_limited(page: Page, stage: PracticeStage) -> None:
    says(page, "Connected")
    stage.server.admin("POST", "/faults", kind="limit", seconds=300, on="read", next=1)
    a_new_stream(stage)
    says(page, "Waits for the network")
    says(page, re.compile(r"reading waits until \d\d:\d\d"))
    says(page, "Limits of the network")
    expect(page.locator("#alarm")).to_be_hidden()  # waiting for a limit is nobody's trouble


@pytest.mark.usefixtures("worker")
def test_refused_and_connected_again(enter: Enter, page: Page, stage: PracticeStage, channel: Channel) -> None:
    """The banner comes by itself, admins' and agents'; what was said meanwhile is read when it works again."""
    says(page, "Connected")
    stage.expire()
    a_new_stream(stage)
    says(page, re.compile(r"Connect it again\s*since \d\d:\d\d"))
    expect(page.locator("#alarm")).to_contain_text("must be connected again", timeout=PATIENCE)
    expect(page.get_by_role("link", name="Connect again")).to_be_visible()
    agent = enter(Membership.objects.get(brand=channel.brand, agent__is_admin=False).agent, f"/{channel.brand.slug}/")
    expect(agent.locator("#alarm")).to_contain_text("nothing new comes from")
    stage.post("mara", "said while the token was dead")
    account = stage.renew()
    connecting.connect(channel.brand, None, "practice", account.base_url, account.secrets)
    says(page, re.compile("^\\s*Connected"))
    expect(page.locator("#alarm")).to_be_hidden(timeout=PATIENCE)
    expect(agent.locator("#rows .row", has_text="while the token was dead")).to_be_visible(timeout=PATIENCE)


@pytest.mark.usefixtures("worker")
def test_a_gap_is_shown_until_an_admin_saw_it(page: Page, stage: PracticeStage, channel: Channel) -> None:
    says(page, "Connected")
    now = timezone.now()
    Gap.objects.create(channel=channel, since=now - timedelta(hours=2), until=now - timedelta(hours=1), why="forgot")
    says(page, "Gaps")
    expect(page.locator("#alarm")).to_contain_text("may be missing", timeout=PATIENCE)
    page.get_by_role("button", name="Seen", exact=True).click()
    expect(page.locator("#alarm")).to_be_hidden()
    assert Gap.objects.get(channel=channel).seen_by is not None


@pytest.mark.usefixtures("worker")
def test_a_listener_finds_what_nobody_told_us(page: Page, address: str, stage: PracticeStage, channel: Channel) -> None:
    page.get_by_label("Words, or a query").fill("check-in counter")
    page.get_by_role("button", name="Listen").click()
    expect(page.get_by_text("Listening.")).to_be_visible()
    stage.post("tom", "Nobody at the check-in counter in Osaka for an hour.", mention=False)
    page.goto(f"{address}/{channel.brand.slug}/")
    row = page.locator("#rows .row", has_text="check-in counter")
    expect(row).to_contain_text("did not name us", timeout=2 * PATIENCE)
    row.click()
    expect(page.locator("#open .msg")).to_contain_text("did not name us")
