"""Facebook as a stage: our own Graph server, on which customers act through its admin half."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from kikite.networks.contract import Account, Network
from kikite.networks.facebook import network
from tests.servers.meta import MetaServer

from .stage import Standing

PLATFORM = "facebook"
BRAND = "TsubameAir"


class FacebookStage:
    """See `stage.Stage`. Customers' own words are posts on the Page."""

    network: Network = network

    def __init__(self, folder: Path) -> None:
        self.server = MetaServer(folder)
        page = self.server.admin("account", platform=PLATFORM, name="Tsubame Air", username=BRAND)
        secrets = {"app_id": page["app"]["id"], "app_secret": page["app"]["secret"], "page_token": page["token"]}
        self.account = Account(page["id"], BRAND, self.server.url, secrets)

    def act(self, name: str, **given: Any) -> Any:
        return self.server.admin(name, platform=PLATFORM, **given)

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        content = base64.b64encode(picture).decode()
        return str(self.act("post", by=customer, text=text, on=reply_to, picture=content))

    def whisper(self, customer: str, text: str) -> str:
        return str(self.act("whisper", by=customer, text=text))

    def edit(self, customer: str, key: str, text: str) -> None:
        self.act("edit", key=key, text=text)

    def erase(self, customer: str, key: str) -> None:
        self.act("erase", key=key)

    def standing(self) -> list[Standing]:
        return [
            Standing(one["key"], self.account.handle, one["text"], one.get("reply_to", ""))
            for one in self.act("standing")
        ]

    def limit(self, wait: timedelta) -> None:
        self.server.admin("fault", kind="limit", seconds=wait.total_seconds())

    def expire(self) -> None:
        self.server.admin("expire", token=self.account.secrets["page_token"])

    def renew(self) -> Account:
        secrets = {**self.account.secrets, "page_token": self.act("token")}
        self.account = replace(self.account, secrets=secrets)
        return self.account

    def lose_request(self) -> None:
        self.server.admin("fault", kind="hang_before")

    def lose_answer(self) -> None:
        self.server.admin("fault", kind="hang_after")

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        self.server.close()


def open_stage(folder: Path) -> FacebookStage:
    return FacebookStage(folder)
