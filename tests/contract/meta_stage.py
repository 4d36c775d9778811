"""What Facebook and Instagram share as stages: our own Graph server, on which customers act through its admin half."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from kikite.networks.contract import Account, Moderation
from tests.servers.meta import MetaServer

from .catching import Catcher, Headers
from .stage import Stage, Standing

BRAND = "TsubameAir"
_AGES = 25 * 3600.0
# Faults of the server by the words of the suite.
_GARBLED = {
    "html": "html",
    "empty": "empty",
    "half": "half",
    "types": "types",
    "error_after": "unknown",
    "error": "down",
}


class MetaStage(Stage):
    """See `stage.Stage`."""

    platform: str
    token_name: str  # the secret that holds the access token
    verify_token = ""  # where a person has to choose one

    def __init__(self, folder: Path) -> None:
        self.server = MetaServer(folder)
        own = self.act("account", name="Tsubame Air", username=BRAND)
        secrets = {"app_id": own["app"]["id"], "app_secret": own["app"]["secret"], self.token_name: own["token"]}
        secrets |= {"verify_token": self.verify_token} if self.verify_token else {}
        self.account = Account(own["id"], BRAND, self.server.url, secrets)
        self._catcher: Catcher | None = None
        self._withheld = ""
        self._heard: list[tuple[Headers, bytes]] = []

    def act(self, name: str, /, **given: Any) -> Any:
        return self.server.admin(name, platform=self.platform, **given)

    # --- customers ---

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        content = base64.b64encode(picture).decode()
        return str(self.act("post", by=customer, text=text, on=reply_to, picture=content))

    def whisper(self, customer: str, text: str) -> str:
        return str(self.act("whisper", by=customer, text=text))

    def edit(self, customer: str, key: str, text: str) -> None:
        self.act("edit", key=key, text=text)

    def erase(self, customer: str, key: str) -> None:
        self.act("erase", key=key)

    def see(self, customer: str) -> None:
        self.act("read", by=customer)

    def person(self, customer: str) -> str:
        return str(self.server.admin("person", name=customer)["id"])

    def standing(self) -> list[Standing]:
        return [Standing(one["key"], BRAND, one["text"], one.get("reply_to", "")) for one in self.act("standing")]

    def marks(self, key: str) -> set[Moderation]:
        thing = self.server.admin("thing", key=key)
        hidden = {Moderation.HIDE} if thing["hidden"] else set()
        return hidden | ({Moderation.LIKE} if self.account.key in thing["likes"] else set())

    # --- webhooks ---

    def hook(self) -> None:
        self._catcher = Catcher(lambda query: self.network.handshake(self.account, query))
        self.dashboard(self._catcher.address)
        with self.network.connect(self.account) as connection:
            connection.subscribe(self._catcher.address)

    def dashboard(self, address: str) -> None:
        """What a person has to enter by hand; nothing where the connection sets all up."""

    def unhook(self) -> None:
        if self._catcher is not None:
            with self.network.connect(self.account) as connection:
                connection.unsubscribe()
            self._heard += self._catcher.calls()
            self._catcher.close()
            self._catcher = None

    def calls(self) -> Sequence[tuple[Mapping[str, str], bytes]]:
        return [*self._heard, *(self._catcher.calls() if self._catcher else [])]

    def elsewhere(self, customer: str, text: str) -> str:
        return str(self.act("elsewhere", by=customer, text=text))

    # --- signing in ---

    def consent(self, url: str) -> Mapping[str, str]:
        query = dict(parse_qsl(urlsplit(url).query))
        page = httpx.get(url)
        page.raise_for_status()
        scopes = [scope for scope in query["scope"].split(",") if scope != self._withheld and scope in page.text]
        form = {"redirect_uri": query["redirect_uri"], "state": query["state"], "scope": scopes}
        answer = httpx.post(url, data=form)
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def withhold(self, permission: str) -> None:
        self._withheld = permission

    def lessened(self, permission: str) -> Account:
        scopes = [scope.name for scope in self.network.ways[0].permissions if scope.name != permission]
        return self.holding(self.act("token", scopes=scopes))

    def holding(self, token: str) -> Account:
        """The brand's account with another token."""
        return replace(self.account, secrets={**self.account.secrets, self.token_name: token})

    # --- trouble ---

    def pass_window(self, customer: str) -> None:
        self.act("age", by=customer, seconds=_AGES)

    def garble(self, how: str, on: str) -> None:
        self.server.admin("fault", kind=_GARBLED.get(how, how), on=on, next=1_000_000)

    def heal(self) -> None:
        self.server.admin("cured")

    def limit(self, wait: timedelta) -> None:
        self.server.admin("fault", kind="limit", seconds=wait.total_seconds())

    def expire(self) -> None:
        self.server.admin("expire", token=self.account.secrets[self.token_name])

    def renew(self) -> Account:
        self.account = self.holding(self.act("token"))
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
        self.unhook()
        self.server.close()
