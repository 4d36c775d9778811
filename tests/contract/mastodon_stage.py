"""The stage of the Mastodon connector: `mastodon-mock`, on which people act by `Mastodon.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from mastodon import Mastodon

from kikite.networks.contract import Account, Moderation, Network
from kikite.networks.mastodon import network
from kikite.networks.mastodon.plaintext import plain
from tests.contract.stage import Stage, Standing
from tests.servers.mastodon import BRAND, MastodonServer

_WRITES = {"methods": ["POST"], "path": "/api/v1/statuses"}
_LONGER_THAN_ANYBODY_WAITS = 120_000  # ms


class MastodonStage(Stage):
    network: Network = network

    def __init__(self, folder: Path | None = None) -> None:
        self.server = MastodonServer(folder)
        self._people: dict[str, Mastodon] = {}
        self._token = ""
        self.account = self.renew()

    # --- people ---

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        """Replies answer on Mastodon's terms: a customer's client names the brand, as all clients do."""
        client = self._person(customer)
        media = [client.media_post(picture, mime_type="image/png", description="A picture")] if picture else None
        words = f"@{BRAND} {text}" if mention else text
        return str(client.status_post(words, in_reply_to_id=reply_to or None, media_ids=media).id)

    def whisper(self, customer: str, text: str) -> str:
        return str(self._person(customer).status_post(f"@{BRAND} {text}", visibility="direct").id)

    def edit(self, customer: str, key: str, text: str) -> None:
        self._person(customer).status_update(key, status=f"@{BRAND} {text}")

    def erase(self, customer: str, key: str) -> None:
        self._person(customer).status_delete(key)

    def _person(self, name: str) -> Any:
        """A name becomes one that servers take: letters, digits, underscores."""
        username = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
        if username not in self._people:
            self._people[username] = self._client(self.server.token(username))
        return self._people[username]

    def _client(self, token: str) -> Mastodon:
        return Mastodon(access_token=token, api_base_url=self.server.url, version_check_mode="none", request_timeout=20)

    def person(self, customer: str) -> str:
        return str(self._person(customer.partition("@")[0]).account_verify_credentials().id)

    def marks(self, key: str) -> set[Moderation]:
        status = self._client(self.server.token(BRAND)).status(key)
        return {Moderation.LIKE} if status.favourited else set()

    def consent(self, url: str) -> Mapping[str, str]:
        """The server's own page: whoever is chosen on it agrees to everything."""
        asked = dict(parse_qsl(urlsplit(url).query))
        httpx.get(url, timeout=20).raise_for_status()
        form = {name: asked[name] for name in ("redirect_uri", "client_id", "scope", "state")} | {"username": BRAND}
        answer = httpx.post(f"{self.server.url}/oauth/authorize", data=form, timeout=20)
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def standing(self) -> list[Standing]:
        """Read with a token of its own, which no expiry touches."""
        client: Any = self._client(self.server.token(BRAND))
        me = client.account_verify_credentials().id
        page = client.account_statuses(me, limit=40)
        statuses = []
        while page:
            statuses += page
            page = client.account_statuses(me, limit=40, max_id=page[-1].id)
        return [
            Standing(str(one.id), f"{one.account.username}", plain(one.content), str(one.in_reply_to_id or ""))
            for one in reversed(statuses)
        ]

    # --- trouble ---

    def limit(self, wait: timedelta) -> None:
        until = datetime.now(UTC) + wait
        headers = {"X-RateLimit-Reset": until.isoformat(), "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
        self.server.fault(match=_WRITES, effect={"type": "ratelimit", "headers": headers}, count=1)

    def expire(self) -> None:
        self.server.revoke(self._token)

    def renew(self) -> Account:
        self._token = self.server.token(BRAND)
        account = Account(key="", handle="", base_url=self.server.url, secrets={"access_token": self._token})
        with network.connect(account) as connection:
            identity = connection.identify()
        self.account = replace(
            account, key=identity.author.key, handle=identity.author.handle, settings=identity.settings
        )
        return self.account

    def lose_request(self) -> None:
        effect = {"type": "status", "status": 503, "delay_ms": _LONGER_THAN_ANYBODY_WAITS}
        self.server.fault(match=_WRITES, effect=effect, count=1)

    def lose_answer(self) -> None:
        self.server.lose_answer()

    def garble(self, how: str, on: str) -> None:
        self.server.garble(how, on)

    def heal(self) -> None:
        self.server.garble("", "")

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        self.server.close()


def open_stage(folder: Path) -> MastodonStage:
    return MastodonStage(folder)
