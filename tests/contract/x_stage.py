"""The stage of X: our own strict server of its API, on which people act through its admin's door."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx

from kikite.networks.contract import Account, Moderation, Network
from kikite.networks.x import network
from tests.contract.catching import Catcher
from tests.contract.stage import Stage, Standing
from tests.servers.x import XServer

BRAND = "TsubameAir"
SCOPES = (
    "dm.read", "dm.write", "like.read", "like.write", "media.write", "offline.access", "tweet.moderate.write",
    "tweet.read", "tweet.write", "users.read",
)  # fmt: skip


class XStage(Stage):
    network: Network = network
    agrees = "Authorize app"

    def __init__(self, folder: Path) -> None:
        self.server = XServer(folder, "--keep-alive", "5")
        self._app = self.server.admin("GET", "/app")
        self._brand = self.server.admin("POST", "/accounts", username=BRAND)
        self._catcher: Catcher | None = None
        self.account = self.renew()

    # --- people ---

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        words = f"@{BRAND} {text}" if mention else text
        shown = base64.b64encode(picture).decode()
        made = self.server.admin("POST", "/posts", author=customer, text=words, reply_to=reply_to, picture=shown)
        return str(made["id"])

    def whisper(self, customer: str, text: str) -> str:
        return str(self.server.admin("POST", "/dms", author=customer, to=BRAND, text=text)["id"])

    def edit(self, customer: str, key: str, text: str) -> None:
        self.server.admin("PATCH", f"/posts/{key}", text=f"@{BRAND} {text}")

    def erase(self, customer: str, key: str) -> None:
        self.server.admin("DELETE", f"/posts/{key}")

    def seal(self, customer: str) -> str:
        return str(self.server.admin("POST", "/sealed", author=customer, to=BRAND)["id"])

    def see(self, customer: str) -> None:
        self.server.admin("POST", "/seen", by=self.person(customer), author=self._brand["id"])

    def person(self, customer: str) -> str:
        return str(self.server.admin("POST", "/users", username=customer)["id"])

    def standing(self) -> list[Standing]:
        found = self.server.admin("GET", f"/standing/{self._brand['id']}")["standing"]
        return [Standing(one["id"], one["author"], one["text"], one["reply_to"]) for one in found]

    def marks(self, key: str) -> set[Moderation]:
        found = self.server.admin("GET", f"/marks/{key}")
        hidden = {Moderation.HIDE} if found["hidden"] else set()
        return hidden | ({Moderation.LIKE} if self._brand["id"] in found["liked_by"] else set())

    # --- webhooks ---

    def hook(self) -> None:
        if self._catcher is None:
            self._catcher = Catcher(lambda query: network.handshake(self.account, query))
            with network.connect(self.account) as connection:
                connection.subscribe(self._catcher.address)

    def unhook(self) -> None:
        if self._catcher is not None:
            with network.connect(self.account) as connection:
                connection.unsubscribe()
            self._catcher.close()
            self._catcher = None

    def calls(self) -> Sequence[tuple[Mapping[str, str], bytes]]:
        return self._catcher.calls() if self._catcher else ()

    def elsewhere(self, customer: str, text: str) -> str:
        """Another account that signed in to the same app, on the same webhook."""
        other = self.server.admin("POST", "/accounts", username="OtherBrand")
        there = self._signed_in(other["id"], SCOPES)
        with network.connect(replace(there, key=other["id"], handle="OtherBrand")) as connection:
            assert self._catcher is not None
            connection.subscribe(self._catcher.address)
        self.server.admin("POST", "/posts", author=customer, text=f"@OtherBrand {text}")
        return str(other["id"])

    def revoke(self) -> None:
        self.server.admin("POST", "/revoked", user=self._brand["id"])

    # --- signing in ---

    def expect_back(self, redirect: str) -> None:
        self.server.admin("PATCH", "/app", redirects=[redirect])

    def consent(self, url: str) -> Mapping[str, str]:
        self.expect_back(dict(parse_qsl(urlsplit(url).query))["redirect_uri"])
        answer = httpx.post(url, data={"user": self._brand["id"], "answer": "yes"})
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def withhold(self, permission: str) -> None:
        self.server.admin("PATCH", "/app", withheld=[permission] if permission else [])

    def lessened(self, permission: str) -> Account:
        return self._signed_in(self._brand["id"], [scope for scope in SCOPES if scope != permission])

    def end_access(self) -> None:
        self.server.admin("POST", f"/tokens/{self._brand['id']}/end")

    def renew(self) -> Account:
        self._brand = self.server.admin("POST", "/accounts", username=BRAND)
        self.account = self._signed_in(self._brand["id"], SCOPES)
        return self.account

    def _signed_in(self, user: str, scopes: Sequence[str]) -> Account:
        token = self.server.admin("POST", "/tokens", user=user, scopes=list(scopes))
        given = {name: str(self._app[name]) for name in ("client_id", "client_secret", "consumer_secret")}
        given |= {"bearer_token": self._app["bearer"], "enterprise": "no"}
        given |= {name: token[name] for name in ("access_token", "refresh_token") if name in token}
        account = Account("", "", self.server.url, given, {"scopes": " ".join(scopes)})
        with network.connect(account) as connection:
            identity = connection.identify()
        return replace(account, key=identity.author.key, handle=identity.author.handle, settings=identity.settings)

    # --- trouble ---

    def limit(self, wait: timedelta) -> None:
        self.server.admin("POST", "/faults", kind="limit", seconds=wait.total_seconds())

    def expire(self) -> None:
        self.server.admin("DELETE", f"/tokens/{self._brand['id']}")

    def lose_request(self) -> None:
        self.server.admin("POST", "/faults", kind="hang_before")

    def lose_answer(self) -> None:
        self.server.admin("POST", "/faults", kind="hang_after")

    def garble(self, how: str, on: str) -> None:
        self.server.admin("POST", "/faults", kind=how, on=on, next=0, seconds=60)

    def heal(self) -> None:
        self.server.admin("DELETE", "/faults")

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        try:
            report = self.server.admin("GET", "/report")
            assert not report["violations"], report["violations"]
        finally:
            if self._catcher is not None:
                self._catcher.close()
            self.server.close()


def open_stage(folder: Path) -> XStage:
    return XStage(folder)
