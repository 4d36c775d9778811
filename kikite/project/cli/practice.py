"""The practice network's admin API, as the command line uses it: making brands and posting for everybody."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import httpx

from kikite.project import env
from kikite.project.problems import Problem

if TYPE_CHECKING:
    from kikite.accounts.models import Brand
    from kikite.channels.models import Channel

SECONDS = 30.0


class Admin:
    """A signed-in conversation with the practice server of this installation."""

    def __init__(self, settings: env.Environment) -> None:
        token = env.practice_token(settings)
        self.url = settings.practice_url
        self._client = httpx.Client(
            base_url=f"{self.url}/admin", headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS, trust_env=False
        )

    def brand(self, handle: str, name: str, terms: Sequence[str] = (), bio: str = "") -> dict[str, Any]:
        """The brand's account on the network: its token and webhook secret. Made on the first call."""
        return self._post("/brands", {"handle": handle, "name": name, "terms": list(terms), "bio": bio})

    def bulk(self, posts: Sequence[dict[str, Any]]) -> list[str | None]:
        """Post for anybody; each post's key, None for those that the network's own rules refuse."""
        keys: list[str | None] = self._post("/bulk", {"posts": list(posts)})["posts"]
        return keys

    def wait(self, seconds: float) -> None:
        """Until the server answers. Raises Problem when it does not in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._client.get("/standing/nobody")
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise Problem(_not_there(self.url)) from None
                time.sleep(0.05)
            else:
                return

    def _post(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.post(path, json=data)
        except httpx.TransportError:
            raise Problem(_not_there(self.url)) from None
        if answer.status_code in (401, 403):
            raise Problem("The practice network does not take our token: it was started with another data folder.")
        if answer.is_error:
            raise Problem(f"The practice network refuses: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found


def connect(admin: Admin, brand: Brand, handle: str, name: str, terms: Sequence[str] = (), bio: str = "") -> Channel:
    """The brand's channel on the practice network, connected (again, when the server has moved)."""
    from kikite.workflows.connecting import connect as connect_account

    account = admin.brand(handle, name, terms, bio)
    values = {"base_url": admin.url, "token": account["token"], "webhook_secret": account["webhook_secret"]}
    return connect_account(brand, None, "practice", admin.url, values)


def settings_of_serve(settings: env.Environment) -> env.Environment:
    """The settings, with the practice network's address as the running `kikite serve` has it, unless it is given."""
    from dataclasses import replace

    from kikite.project.demo import seeded

    found = seeded(settings.data)
    if found is None or os.environ.get("KIKITE_PRACTICE_URL"):
        return settings
    return replace(settings, practice_url=found.practice_url)


def _not_there(url: str) -> str:
    return f"The practice network does not answer at {url}. Start it by: kikite serve"
