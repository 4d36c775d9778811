"""The pages that connect an account: drawn from what the network declares, and what they say when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from kikite.accounts.models import Agent, Brand
from kikite.channels import vault
from kikite.channels.models import Channel, SigningIn
from kikite.networks.contract import Step
from kikite.networks.practice import network
from kikite.workflows import webhooks
from tests.contract.practice_stage import BRAND, PracticeStage
from tests.networks.practice.consenting import consent

from . import factory

NEW = "/tsubame/channels/new/practice"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeStage]:
    stage = PracticeStage(tmp_path_factory.mktemp("practice"))
    yield stage
    stage.close()


@pytest.fixture
def ada(brand: Brand) -> Agent:
    return factory.agent("Ada Min", brand, is_admin=True)


@pytest.fixture
def admin(ada: Agent) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def leaving(admin: Client, stage: PracticeStage, path: str = NEW) -> str:
    """Press the button; where the browser goes."""
    answer = admin.post(f"{path}?way=sign-in", {"base_url": stage.account.base_url})
    assert answer.status_code == 200, answer.content.decode()
    url: str = answer.context["url"]
    assert f'content="0; url={url.replace("&", "&amp;")}"' in answer.content.decode()
    return url


def back(admin: Client, said: dict[str, str]) -> Any:
    return admin.get(f"/connect/return?{urlencode(said)}", follow=True)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_drawn_from_the_network(admin: Client) -> None:
    page = text(admin.get(NEW))
    assert 'name="base_url"' in page and 'name="token"' not in page
    assert "Continue on Practice network" in page and page.count('class="ways"') == 1
    for permission in network.ways[0].permissions:
        assert f"<code>{permission.name}</code>" in page and permission.why in page
    form = text(admin.get(f"{NEW}?way=token"))
    assert 'name="token"' in form and 'type="password"' in form
    assert admin.get("/tsubame/channels/new/nowhere").status_code == 404
    assert admin.get("/other/channels/new/practice").status_code == 404


def test_steps_hold_our_addresses_and_the_channel_gets_the_one_that_was_named(
    admin: Client, stage: PracticeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = next(way for way in network.ways if way.name == "token")
    step = Step("Paste {hook} there, and {redirect} below.", "https://www.example.com/apps")
    ways = (type(token)(token.name, token.title, token.fields, (step,)),)
    monkeypatch.setattr(network, "ways", ways)
    page = text(admin.get(NEW))
    hook = page.partition("/hooks/")[2].partition("<")[0]
    assert len(hook) > 20 and text(admin.get(NEW)).count(hook) == 2
    assert "/connect/return" in page and "example.com" in page
    given = {"base_url": stage.account.base_url, "token": stage.account.secrets["token"]}
    admin.post(NEW, given)
    assert Channel.objects.get().hook == hook
    assert hook not in text(admin.get(NEW))


def test_what_went_wrong_keeps_what_is_no_secret(admin: Client) -> None:
    answer = admin.post(f"{NEW}?way=token", {"base_url": "http://127.0.0.1:9", "token": "very-secret-token"})
    page = text(answer)
    assert answer.status_code == 422 and 'role="alert"' in page
    assert "http://127.0.0.1:9" in page and "very-secret-token" not in page
    assert not Channel.objects.exists()


def test_signing_in(admin: Client, stage: PracticeStage) -> None:
    page = text(back(admin, consent(leaving(admin, stage), BRAND)))
    assert f"{BRAND} is connected" in page
    channel = Channel.objects.get()
    assert channel.settings["webhook"]["url"] == webhooks.address(channel.hook)


def test_a_permission_that_was_left_out_is_said(admin: Client, stage: PracticeStage) -> None:
    page = text(back(admin, consent(leaving(admin, stage), BRAND, scopes=("write",))))
    assert "The permission messages was not given." in page and 'class="beware"' in page


def test_choosing_among_accounts(admin: Client, stage: PracticeStage) -> None:
    stage.server.admin("POST", "/brands", handle="TsubameCargo", name="Tsubame <Cargo>")
    answer = back(admin, consent(leaving(admin, stage), BRAND, "TsubameCargo"))
    page = text(answer)
    assert "@TsubameCargo" in page and "Tsubame &lt;Cargo&gt;" in page
    path = answer.request["PATH_INFO"]
    key = page.partition('name="account" value="')[2].partition('"')[0]
    assert admin.post(path, {"account": "nobody"}).status_code == 422
    assert admin.post(path, {"account": key})["Location"] == path
    other = text(admin.get(path)).partition('name="account" value="')[2].partition('"')[0]
    assert admin.post(path, {"account": other})["Location"] == "/channels"
    assert Channel.objects.count() == 2
    assert admin.get(path).status_code == 400


@pytest.mark.parametrize("said", [{}, {"state": "forged", "code": "x"}, {"error": "access_denied"}])
def test_a_return_that_nobody_expects(admin: Client, said: dict[str, str]) -> None:
    answer = admin.get(f"/connect/return?{urlencode(said)}")
    assert answer.status_code == 400 and "Begin again" in text(answer)


def test_a_no_leads_back_to_the_form(admin: Client, stage: PracticeStage) -> None:
    answer = back(admin, consent(leaving(admin, stage), BRAND, allow=False))
    assert answer.status_code == 422
    assert f'href="{NEW}?way=sign-in"' in text(answer) and "did not allow" in text(answer)


def test_only_admins(desk: Client, channel: Channel) -> None:
    paths = (NEW, f"/channels/{channel.pk}/again", "/connect/return?state=x", "/connect/1")
    assert {desk.get(path).status_code for path in paths} == {403}
    assert desk.post(f"/channels/{channel.pk}/webhook").status_code == 403


def test_another_brands_channel_is_not_there(admin: Client) -> None:
    other = factory.channel(factory.brand("other", "Other"), key="9")
    assert admin.get(f"/channels/{other.pk}/again").status_code == 404
    assert admin.post(f"/channels/{other.pk}/webhook").status_code == 404


def test_who_is_not_signed_in_comes_back_after_it(ada: Agent, stage: PracticeStage) -> None:
    first = Client()
    first.force_login(ada)
    said = consent(leaving(first, stage), BRAND)
    answer = Client().get(f"/connect/return?{urlencode(said)}")
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [f"/connect/return?{urlencode(said)}"]


def test_again_keeps_the_fields_and_never_shows_secrets(admin: Client, brand: Brand, stage: PracticeStage) -> None:
    account = stage.account
    values = {"base_url": account.base_url, **account.secrets}
    assert admin.post(f"{NEW}?way=token", values).status_code == 302
    channel = Channel.objects.get()
    path = f"/channels/{channel.pk}/again"
    page = text(admin.get(path))
    assert account.base_url in page and account.secrets["token"] not in page
    assert "Leave it empty to keep the one that is here." in page
    assert admin.post(path, {"base_url": account.base_url, "token": "", "webhook_secret": ""}).status_code == 302
    assert vault.account(Channel.objects.get()).secrets["token"] == account.secrets["token"]
    assert admin.post(path, {"base_url": account.base_url, "token": "wrong"}).status_code == 422
    assert Channel.objects.get().way == "token"


def test_again_by_signing_in(admin: Client, stage: PracticeStage) -> None:
    back(admin, consent(leaving(admin, stage), BRAND))
    channel = Channel.objects.get()
    url = leaving(admin, stage, f"/channels/{channel.pk}/again")
    assert f"{BRAND} is connected" in text(back(admin, consent(url, BRAND)))
    assert Channel.objects.get().pk == channel.pk and not SigningIn.objects.exists()


def test_subscribing_again_says_how_it_went(admin: Client, stage: PracticeStage) -> None:
    back(admin, consent(leaving(admin, stage), BRAND))
    channel = Channel.objects.get()
    path = f"/channels/{channel.pk}/webhook"
    assert f"Practice network calls us for {BRAND}" in text(admin.post(path, follow=True))
    stage.stop()
    try:
        assert f"does not call us for {BRAND}: the server does not answer" in text(admin.post(path, follow=True))
    finally:
        stage.start()
    channel.refresh_from_db()
    assert channel.settings["webhook_trouble"]["why"]
    assert webhooks.subscribe(channel)
    channel.refresh_from_db()
    assert "webhook_trouble" not in channel.settings


def test_networks_that_cannot_reach_us_are_not_asked_to(channel: Channel, settings: Any) -> None:
    Channel.objects.update(base_url="https://practice.example")
    channel.refresh_from_db()
    settings.PUBLIC_URL = "http://care.example"
    assert not webhooks.possible(channel)
    settings.PUBLIC_URL = "https://localhost"
    assert not webhooks.possible(channel)
    settings.PUBLIC_URL = "https://care.example"
    assert webhooks.possible(channel)
