"""Bluesky, and every server of the AT Protocol that a brand may have its account on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kikite.lib.words import gettext_noop as _

from ..base import UNMETERED, BaseNetwork
from ..contract import (
    Account,
    Addresses,
    Capabilities,
    Connection,
    Counting,
    Field,
    Incoming,
    Limits,
    Meter,
    Network,
    Way,
)
from .media import PUBLIC_URL
from .translate import translate


class BlueskyNetwork(BaseNetwork):
    """Stateless, like every network."""

    name = "bluesky"
    title = "Bluesky"
    default_url = PUBLIC_URL
    capabilities = Capabilities(
        private_messages=False,
        reads_by=frozenset({"poll", "stream"}),
        idempotent=True,
    )
    ways: tuple[Way, ...] = (
        Way(
            "app-password",
            _("App password"),
            (
                Field(
                    "base_url",
                    _("Address of the server"),
                    help=_("Bluesky's own, or that of the server (PDS) on which the account lives."),
                    required=False,
                    default=PUBLIC_URL,
                ),
                Field("handle", _("Handle"), help=_("For example brand.bsky.social")),
                Field(
                    "app_password",
                    _("App password"),
                    help=_(
                        "Made in Bluesky under Settings, Privacy and security, App passwords; "
                        "not the account's own password."
                    ),
                    secret=True,
                ),
            ),
        ),
    )

    def realm(self, account: Account) -> str:
        """One for all servers: an at-uri begins with a DID, which is unique wherever the account lives."""
        return self.name

    def addresses(self, account: Account) -> Addresses:
        handle = "(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z][A-Za-z0-9-]*"
        app = "https://bsky.app"
        return Addresses(name=f"{app}/profile/{{name}}", tag=f"{app}/hashtag/{{tag}}", names=handle)

    def limits(self, account: Account) -> Limits:
        return Limits(length=300, counting=Counting.GRAPHEMES, media=4)

    @contextmanager
    def connect(self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED) -> Iterator[Connection]:
        from .connection import BlueskyConnection

        connection = BlueskyConnection(account, self.limits(account), timeout)
        try:
            yield connection
        finally:
            connection.close()

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(account, kind, body)


network: Network = BlueskyNetwork()
