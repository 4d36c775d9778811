"""Settings, channels, pictures, signing in, and what people see when something is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kikite.accounts.models import Agent, Brand
from kikite.channels.models import Channel, Delivery

from . import factory
from .pictures import picture_server


@pytest.fixture
def admin(brand: Brand) -> Client:
    client = Client()
    client.force_login(factory.agent("Ada Min", brand, is_admin=True))
    return client


def set_aside(channel: Channel, key: str = "1") -> Delivery:
    now = timezone.now()
    return Delivery.objects.create(
        channel=channel, key=key, kind="post", body=b"{", received_at=now, set_aside_at=now, reason="Not JSON <b>"
    )


# --- settings ---


def test_settings_are_ones_own(desk: Client, chie: Agent) -> None:
    data = {
        "name": "千恵 パク",
        "initials": "^CP",
        "language": "ja",
        "time_zone": "Asia/Tokyo",
        "theme": "dark",
        "density": "dense",
        "undo_seconds": "20",
    }
    response = desk.post("/settings", data, follow=True)
    page = response.content.decode()
    assert '<html lang="ja"' in page and 'data-theme="dark"' in page and 'data-density="dense"' in page
    chie.refresh_from_db()
    assert (chie.name, chie.initials, chie.undo_seconds) == ("千恵 パク", "CP", 20)


def test_a_wrong_setting_is_said_and_not_kept(desk: Client, chie: Agent) -> None:
    data = {
        "name": "Chie",
        "language": "xx",
        "time_zone": "Mars/Olympus",
        "theme": "auto",
        "density": "dense",
        "undo_seconds": "5",
    }
    response = desk.post("/settings", data)
    assert response.status_code == 422
    assert response.content.decode().count('class="error"') == 2
    chie.refresh_from_db()
    assert chie.name == "Chie Park"


def test_leads_choose_how_a_brand_signs(desk: Client, chie: Agent, brand: Brand) -> None:
    page = f"/{brand.slug}/settings/signing"
    assert desk.get(page).status_code == desk.post(page, {"sign_offs": "each"}).status_code == 403
    assert page not in desk.get("/settings").content.decode()
    chie.memberships.update(role="lead")
    assert f'href="{page}"' in desk.get("/settings").content.decode()
    assert desk.post(page, {"sign_offs": "each"}).status_code == 302
    brand.refresh_from_db()
    assert brand.sign_offs == Brand.SignOffs.EACH
    assert desk.post(page, {"sign_offs": "in blood"}).status_code == 422
    brand.refresh_from_db()
    assert brand.sign_offs == Brand.SignOffs.EACH


@pytest.mark.parametrize(
    ("name", "initials", "signature"),
    [
        ("Chie Park", "", "^CP"),
        ("Chie Park", "chie", "^chie"),
        ("田中 葵", "", "^田中"),
        ("José María", "", "^José"),
        ("…", "", ""),
    ],
)
def test_how_an_agent_signs(name: str, initials: str, signature: str) -> None:
    assert Agent(name=name, initials=initials).signature() == signature


# --- channels ---


def test_channels_tell_how_they_are(desk: Client, brand: Brand, channel: Channel) -> None:
    now = timezone.now()
    factory.channel(brand, "tired", "2", unauthorised_at=now, trouble="Token revoked <b>", trouble_since=now)
    factory.channel(brand, "gone", "3", disconnected_at=now - timedelta(days=2))
    factory.channel(factory.brand("other", "Other"), "secret", "4")
    set_aside(channel)
    page = desk.get("/channels").content.decode()
    assert "@TsubameAir" in page and "Token revoked &lt;b&gt;" in page and "@gone" in page
    assert "@secret" not in page
    assert "Run again" not in page and "Disconnect</button>" not in page


def test_only_admins_change_channels(desk: Client, channel: Channel) -> None:
    of = f"/channels/{channel.pk}"
    acts = (of, f"{of}/set-aside", f"{of}/budget", f"{of}/listeners", f"{of}/listeners/1/removal", f"{of}/gaps/1/seen")
    for path in (*acts, "/tsubame/channels/new/practice"):
        assert desk.post(path).status_code == 403
    assert desk.get("/tsubame/channels/new/practice").status_code == 403
    channel.refresh_from_db()
    assert channel.disconnected_at is None


def test_an_admin_runs_deliveries_again(admin: Client, channel: Channel) -> None:
    first, second = set_aside(channel, "1"), set_aside(channel, "2")
    other = set_aside(factory.channel(factory.brand("other", "Other"), key="9"))
    path = f"/channels/{channel.pk}/set-aside"
    page = admin.get(f"/channels/{channel.pk}/health").content.decode()
    assert "Not JSON &lt;b&gt;" in page
    admin.post(path, {"delivery": first.pk})
    assert [row.set_aside_at is None for row in Delivery.objects.order_by("pk")] == [True, False, False]
    assert "1 delivery is read again" in admin.get("/channels").content.decode()
    admin.post(path, {"delivery": other.pk})
    assert admin.post(f"/channels/{other.channel_id}/set-aside").status_code == 404
    admin.post(path)
    second.refresh_from_db()
    other.refresh_from_db()
    assert second.set_aside_at is None and other.set_aside_at is not None


def test_an_admin_disconnects_a_channel_of_the_own_brands(admin: Client, channel: Channel) -> None:
    other = factory.channel(factory.brand("other", "Other"), key="9")
    assert admin.post(f"/channels/{other.pk}").status_code == 404
    assert admin.post(f"/channels/{channel.pk}").status_code == 302
    channel.refresh_from_db()
    assert channel.disconnected_at is not None and bytes(channel.secrets) == b""


# --- pictures ---


def test_pictures_come_through_us_and_run_nothing(desk: Client, brand: Brand) -> None:
    from kikite.networks.contract import Media

    with picture_server() as pictures:
        channel = factory.channel(brand, base_url=pictures)
        media = tuple(
            Media("image", f"{pictures}/{name}") for name in ("grey.png", "shot.svg", "page.html", "none.png")
        )
        case = factory.case(channel, "Look", factory.author("mara", avatar=f"{pictures}/face/mara"), media=media)
        message = case.messages.get()
        answers = [desk.get(f"/tsubame/media/{message.pk}/{n}") for n in range(5)]
        face = desk.get(f"/tsubame/pictures/{message.profile_id}")
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 404]
    assert answers[0]["Content-Type"] == "image/png" and "max-age" in answers[0]["Cache-Control"]
    assert "sandbox" in answers[1]["Content-Security-Policy"] and "script" not in answers[1]["Content-Security-Policy"]
    assert face.status_code == 200 and face["X-Content-Type-Options"] == "nosniff"


def test_a_picture_bomb_and_what_only_says_that_it_is_one_are_refused_in_words(desk: Client, brand: Brand) -> None:
    from kikite.networks.contract import Media

    with picture_server() as pictures:
        channel = factory.channel(brand, base_url=pictures)
        media = tuple(Media("image", f"{pictures}/{name}") for name in ("bomb.png", "liar.png"))
        message = factory.case(channel, "Look", factory.author("mara"), media=media).messages.get()
        bomb, liar = (desk.get(f"/tsubame/media/{message.pk}/{n}") for n in range(2))
    assert (bomb.status_code, liar.status_code) == (404, 404)
    assert "60000" in bomb.content.decode() and "none" in liar.content.decode()


def test_a_file_that_everybody_may_have_is_not_carried_through_us(desk: Client, brand: Brand) -> None:
    from kikite.networks.contract import Media

    channel = factory.channel(brand, base_url="http://127.0.0.1:9")
    media = (Media("file", "https://files.example/a.pdf"), Media("file", "javascript:alert(1)"))
    message = factory.case(channel, "Look", factory.author("mara"), media=media).messages.get()
    there, nowhere = (desk.get(f"/tsubame/media/{message.pk}/{n}") for n in range(2))
    assert (there.status_code, there["Location"], nowhere.status_code) == (302, "https://files.example/a.pdf", 404)


def test_a_deleted_messages_picture_is_gone(desk: Client, channel: Channel) -> None:
    from kikite.networks.contract import Media

    stage = factory.Stage(channel)
    key = stage.say(factory.author("mara"), "Look", 5, media=(Media("image", "http://127.0.0.1:9/x.png"),))
    case = stage.perform()[0]
    stage.delete(key)
    stage.perform()
    assert desk.get(f"/tsubame/media/{case.messages.get().pk}/0").status_code == 404


# --- the door, and what is wrong ---


def test_a_practice_desk_says_who_may_try(db: None, settings: object) -> None:
    from kikite.project.demo import Seeded

    settings.PRACTICE = lambda: Seeded("http://127.0.0.1:1", ["chie@practice.example"], "let me in please")  # type: ignore[attr-defined]
    page = Client().get("/sign-in").content.decode()
    assert "chie@practice.example" in page and "let me in please" in page
    settings.PRACTICE = None  # type: ignore[attr-defined]
    assert "practice" not in Client().get("/sign-in").content.decode()


def test_signing_in_leads_back_and_never_elsewhere(chie: Agent) -> None:
    data = {"username": chie.email, "password": factory.PASSWORD}
    assert Client().post("/sign-in", data | {"next": "/tsubame/mine"})["Location"] == "/tsubame/mine"
    assert Client().post("/sign-in", data | {"next": "https://evil.example/"})["Location"] == "/"


def test_nothing_here(desk: Client) -> None:
    response = desk.get("/nowhere/at/all")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_errors_speak_the_visitors_language(db: None, language: str) -> None:
    page = Client().get("/nowhere/at/all", headers={"Accept-Language": language}).content.decode()
    assert f'<html lang="{language}"' in page
