"""An admin signs in at a network in the browser: there, through its page of consent, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from kikite.channels.models import Channel
from tests.contract.practice_stage import BRAND, PracticeStage

if TYPE_CHECKING:
    from .conftest import Enter

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30_000


@pytest.fixture
def network(tmp_path: Path) -> Iterator[PracticeStage]:
    with closing(PracticeStage(tmp_path)) as stage:
        yield stage


@pytest.mark.parametrize("phone", [False, True])
def test_there_and_back(enter: Enter, network: PracticeStage, phone: bool) -> None:
    page = enter(path="/tsubame/channels/new/practice", phone=phone)
    page.locator("[name=base_url]").fill(network.account.base_url)
    page.get_by_role("button", name="Continue on Practice network").click()
    page.wait_for_url(f"{network.account.base_url}/oauth/authorize?*", timeout=PATIENCE)
    page.get_by_label("Read and write private messages").uncheck()
    expect(page.get_by_label(f"(@{BRAND})")).to_be_checked()
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text(f"{BRAND} is connected")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("The permission messages was not given.")).to_be_visible()
    channel = Channel.objects.get(base_url=network.account.base_url)
    assert channel.missing == ["messages"] and channel.settings["webhook"]


def test_a_no_leads_back_to_the_form(enter: Enter, network: PracticeStage) -> None:
    page = enter(path="/tsubame/channels/new/practice")
    page.locator("[name=base_url]").fill(network.account.base_url)
    page.get_by_role("button", name="Continue on Practice network").click()
    page.get_by_role("button", name="Do not allow").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="The account was not connected")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Begin again").click()
    expect(page.get_by_role("button", name="Continue on Practice network")).to_be_visible()
