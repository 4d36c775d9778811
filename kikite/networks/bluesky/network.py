"""Bluesky, and every server of the AT Protocol that a brand may have its account on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kikite.lib.words import gettext_noop as _

from ..contract import (
    Account,
    BadSignature,
    Capabilities,
    Connection,
    Counting,
    Delivery,
    Field,
    Incoming,
    Limits,
    Network,
)
from .media import PUBLIC_URL
from .translate import translate


class BlueskyNetwork:
    """Stateless, like every network."""

    name = "bluesky"
    title = "Bluesky"
    default_url = PUBLIC_URL
    capabilities = Capabilities(
        private_messages=False,
        reads_by=frozenset({"poll", "stream"}),
        idempotent=True,
    )
    fields: tuple[Field, ...] = (
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
                "Made in Bluesky under Settings, Privacy and security, App passwords; not the account's own password."
            ),
            secret=True,
        ),
    )

    def realm(self, account: Account) -> str:
        """One for all servers: an at-uri begins with a DID, which is unique wherever the account lives."""
        return self.name

    def limits(self, account: Account) -> Limits:
        return Limits(length=300, counting=Counting.GRAPHEMES, media=4)

    @contextmanager
    def connect(self, account: Account, *, timeout: float = 15.0) -> Iterator[Connection]:
        from .connection import BlueskyConnection

        connection = BlueskyConnection(account, self.limits(account), timeout)
        try:
            yield connection
        finally:
            connection.close()

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(account, kind, body)

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        raise BadSignature("Bluesky calls no webhooks")


network: Network = BlueskyNetwork()
