"""`make screens`: every page in both sizes, themes and languages, drawn from a seeded database into docs/screens."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kikite.project import embedded, env

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from tests.desk.scene import Scene

DRAWN = Path(__file__).resolve().parents[2] / "docs" / "screens"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
# Pictures out of sight are not fetched, so only those in sight are waited for.
PICTURES = """() => [...document.images].every((picture) => {
    const { top, bottom } = picture.getBoundingClientRect();
    return picture.complete || top > innerHeight || bottom <= 0;
})"""
LANGUAGES = {"en": "Europe/London", "ja": "Asia/Tokyo"}


@dataclass(frozen=True)
class Look:
    """One way to see the pages."""

    size: str
    theme: str
    language: str

    def name(self, page: str) -> str:
        return f"{page}-{self.size}-{self.theme}-{self.language}.png"


def main(only: list[str]) -> None:
    """Draw all pages, or those whose file names contain one of the given words."""
    with database():
        from django.db import connection
        from playwright.sync_api import sync_playwright

        from tests.desk.pictures import picture_server
        from tests.desk.scene import airline
        from tests.desk.serving import serving
        from tests.journeys.browser import OPTIONS

        DRAWN.mkdir(parents=True, exist_ok=True)
        with (
            picture_server() as pictures,
            serving(connection.settings_dict) as address,
            sync_playwright() as playwright,
        ):
            scene = airline(pictures)
            browser = playwright.chromium.launch(**OPTIONS)
            for look in looks():
                draw(browser.new_context(**sight(look)), address, scene, look, only)
            browser.close()


def looks() -> Iterator[Look]:
    for size in SIZES:
        for theme in THEMES:
            for language in LANGUAGES:
                yield Look(size, theme, language)


def sight(look: Look) -> dict[str, Any]:
    width, height = SIZES[look.size]
    return {
        "viewport": {"width": width, "height": height},
        "color_scheme": look.theme,
        "locale": look.language,
        "has_touch": look.size == "phone",
        "reduced_motion": "reduce",
        "device_scale_factor": 1,
        "bypass_csp": True,  # waiting for pictures evaluates a string; the journeys run with the policy
    }


def draw(context: BrowserContext, address: str, scene: Scene, look: Look, only: list[str]) -> None:
    """All pages in one look."""
    from tests.desk.factory import PASSWORD

    scene.chie.language, scene.chie.time_zone = look.language, LANGUAGES[look.language]
    scene.chie.save(update_fields=["language", "time_zone"])
    page = context.new_page()
    shoot(page, look, "sign-in", f"{address}/sign-in", only)
    page.goto(f"{address}/sign-in")
    page.fill("#id_username", scene.chie.email)
    page.fill("#id_password", PASSWORD)
    page.click("button.go")
    page.wait_for_selector("html[data-ready]")
    for name, path in pages(scene).items():
        shoot(page, look, name, address + path, only)
    context.close()


def pages(scene: Scene) -> dict[str, str]:
    brand = scene.brand.slug
    return {
        "queue": f"/{brand}/",
        "mine": f"/{brand}/mine",
        "all": f"/{brand}/all",
        "case": f"/{brand}/cases/{scene.cases['mara'].pk}/",
        "case-japanese": f"/{brand}/cases/{scene.cases['sayaka'].pk}/",
        "unassigned": f"/{brand}/unassigned",
        "settings": "/settings",
        "signing": f"/{brand}/settings/signing",
        "voice": f"/{brand}/settings/voice",
        "answers": f"/{brand}/settings/answers",
        "channels": "/channels",
        "health": f"/channels/{scene.channel.pk}/health",
        "connect": f"/{brand}/channels/new/bluesky",
        "missing": f"/{brand}/cases/999999/",
    }


def shoot(page: Page, look: Look, name: str, address: str, only: list[str]) -> None:
    file = look.name(name)
    if only and not any(word in file for word in only):
        return
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_function(PICTURES)
    page.wait_for_timeout(150)  # the rows of a running clock settle; nothing depends on it
    page.screenshot(path=DRAWN / file)
    print(file, flush=True)


@contextmanager
def database() -> Iterator[None]:
    """A database of its own for the time of drawing."""
    with tempfile.TemporaryDirectory(prefix="kikite-screens-", ignore_cleanup_errors=True) as folder:
        os.environ |= {"KIKITE_DATA": folder, "DJANGO_SETTINGS_MODULE": "kikite.project.settings"}
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"  # Playwright keeps a loop in this thread; we use none
        os.environ["KIKITE_SECRET_KEY"] = "only for screenshots, and long enough"
        os.environ["KIKITE_ENCRYPTION_KEYS"] = env.new_encryption_key()
        with embedded.running(Path(folder), durable=False):
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield


if __name__ == "__main__":
    main(sys.argv[1:])
