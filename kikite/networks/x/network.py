"""X as a network of Kikite."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from urllib.parse import quote, urlencode

from kikite.networks.base import UNMETERED, BaseNetwork
from kikite.networks.contract import (
    Account,
    Addresses,
    Capabilities,
    Connection,
    Delivery,
    Handshake,
    Incoming,
    Limits,
    Meter,
    Part,
    Renewal,
    Visibility,
    Way,
)

from . import abilities, dms, hooks, signing_in
from .api import private_media_headers
from .connection import XConnection
from .translate import Place, translate
from .ways import KEYS, SIGN_IN


class X(BaseNetwork):
    name = "x"
    title = "X"
    default_url = signing_in.API
    capabilities = abilities.CAPABILITIES
    ways: tuple[Way, ...] = (SIGN_IN, KEYS)

    def able(self, account: Account) -> Capabilities:
        return abilities.able(account)

    def realm(self, account: Account) -> str:
        return self.name

    def addresses(self, account: Account) -> Addresses:
        return Addresses(name="https://x.com/{name}", tag="https://x.com/hashtag/{tag}")

    def limits(self, account: Account) -> Limits:
        return abilities.LIMITS

    def connect(
        self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED
    ) -> AbstractContextManager[Connection]:
        """Raises Unreachable for a `base_url` that is no server's address."""
        return closing(XConnection(account, timeout, meter))

    def renew(self, account: Account, *, timeout: float = 15.0) -> Renewal:
        return signing_in.renew(account, timeout)

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(kind, body, Place(account.key, account.base_url.rstrip("/")))

    def handshake(self, account: Account, query: Mapping[str, str]) -> Handshake:
        return hooks.answer(account, query)

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        return hooks.receive(account, headers, body)

    def media_headers(self, account: Account, url: str) -> Mapping[str, str]:
        return private_media_headers(account, url)

    def hand_over(self, account: Account, part: Part) -> str:
        """For a post its answer, with the text; for a private message the conversation, with the text."""
        if part.visibility is Visibility.PRIVATE:
            page, query = f"{dms.MESSAGES}/compose", {"recipient_id": part.to.key if part.to else ""}
        else:
            page, query = "https://x.com/intent/tweet", {"in_reply_to": part.reply_to}
        named = {name: value for name, value in {**query, "text": part.text}.items() if value}
        return f"{page}?{urlencode(named, quote_via=quote)}"
