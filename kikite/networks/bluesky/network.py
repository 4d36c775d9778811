"""Bluesky, and every server of the AT Protocol that a brand may have its account on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from kikite.lib.words import gettext_noop as _

from ..base import UNMETERED, BaseNetwork
from ..contract import (
    Account,
    Addresses,
    Capabilities,
    Connection,
    Field,
    Incoming,
    Limits,
    Meter,
    Moderation,
    Network,
    Permission,
    Signal,
    Step,
    Way,
)
from .drafting import LIMITS
from .media import PUBLIC_URL, Place
from .translate import translate


class BlueskyNetwork(BaseNetwork):
    """Stateless, like every network."""

    name = "bluesky"
    title = "Bluesky"
    default_url = PUBLIC_URL
    capabilities = Capabilities(
        private_messages=True,
        # A private message can only be hidden from ourselves.
        private_deletes=False,
        reads_by=frozenset({"poll", "stream"}),
        searches=frozenset({"search", "stream"}),
        refreshes=25,
        idempotent=True,
        private_idempotent=False,
        cold_private=True,
        moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE, Moderation.HIDE, Moderation.UNHIDE}),
        signals=frozenset({Signal.READ}),
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
                Field(
                    "chat",
                    _("Service for direct messages"),
                    help=_("Empty: Bluesky's own. Only a network of its own has another."),
                    required=False,
                ),
                Field(
                    "jetstream",
                    _("Address of a Jetstream"),
                    help=_("For listeners. Empty: Bluesky's own. Several addresses are parted by spaces."),
                    required=False,
                ),
            ),
            steps=(
                Step(_("Sign in to Bluesky as the brand."), "https://bsky.app"),
                Step(
                    _("Open Settings, Privacy and security, App passwords, and add one named Kikite."),
                    "https://bsky.app/settings/app-passwords",
                ),
                Step(_("Tick “Allow access to your direct messages”, so that private messages arrive too.")),
                Step(
                    _(
                        "In Settings of the chat, allow messages from everyone; else only those whom the brand follows "
                        "can write to it."
                    ),
                    "https://bsky.app/messages/settings",
                ),
                Step(_("Copy the app password into the form. Bluesky shows it only once.")),
            ),
            permissions=(Permission("chat", _("Read and answer direct messages"), required=False),),
        ),
    )

    def able(self, account: Account) -> Capabilities:
        """Less where the account's app password, or its server, has no direct messages or no app view."""
        place = Place.of(account)
        searches = self.capabilities.searches if place.app_view else frozenset({"stream"})
        private = bool(place.chat)
        return replace(self.capabilities, private_messages=private, cold_private=private, searches=searches)

    def realm(self, account: Account) -> str:
        """One for all servers: an at-uri begins with a DID, which is unique wherever the account lives."""
        return self.name

    def addresses(self, account: Account) -> Addresses:
        handle = "(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])+[A-Za-z][A-Za-z0-9-]*"
        app = "https://bsky.app"
        return Addresses(name=f"{app}/profile/{{name}}", tag=f"{app}/hashtag/{{tag}}", names=handle)

    def limits(self, account: Account) -> Limits:
        return LIMITS

    @contextmanager
    def connect(self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED) -> Iterator[Connection]:
        from .connection import BlueskyConnection

        connection = BlueskyConnection(account, self.limits(account), timeout, meter)
        try:
            yield connection
        finally:
            connection.close()

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(account, kind, body)


network: Network = BlueskyNetwork()
