"""Mastodon, and everything that speaks its API, as a network of Kikite."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing

from kikite.lib.words import gettext_noop as _
from kikite.networks.base import UNMETERED, BaseNetwork
from kikite.networks.contract import (
    Account,
    Addresses,
    Capabilities,
    Connection,
    Field,
    Incoming,
    Limits,
    Meter,
    Moderation,
    NetworkTrouble,
    Step,
    Visibility,
    Way,
)

from . import instance
from .connection import MastodonConnection
from .signing_in import PERMISSIONS, MastodonSignIn, revoke
from .translate import Place, translate

_SERVER = Field("base_url", _("Address of your server"), help=_("For example https://mastodon.social"))


class Mastodon(BaseNetwork):
    name = "mastodon"
    title = "Mastodon"
    capabilities = Capabilities(
        private_messages=True,
        edits=True,
        searches=frozenset({"search", "stream"}),
        refreshes=20,
        moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE}),
        warnings=True,
        reads_by=frozenset({"stream", "poll"}),
        idempotent=True,
        idempotent_for=3600,
        cold_private=True,
        visibilities=(Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.PRIVATE),
    )
    ways: tuple[Way, ...] = (
        Way(
            "sign-in",
            _("Sign in at your server"),
            (_SERVER,),
            steps=(
                Step(_("Be signed in at your server as the brand's account in this browser: you are sent there.")),
                Step(_("Agree to what is asked for, and you are sent back.")),
            ),
            permissions=PERMISSIONS,
            sign_in=MastodonSignIn(),
        ),
        Way(
            "token",
            _("Access token"),
            (
                _SERVER,
                Field(
                    "access_token",
                    _("Access token"),
                    help=_(
                        "On your server: Preferences, Development, New application, with the scopes read and write."
                    ),
                    secret=True,
                ),
            ),
        ),
    )

    def able(self, account: Account) -> Capabilities:
        return instance.able(account, self.capabilities)

    def realm(self, account: Account) -> str:
        return f"mastodon:{instance.host_of(account.base_url)}"[:200]

    def addresses(self, account: Account) -> Addresses:
        """On the account's own server, which knows those of others too."""
        here = account.base_url.rstrip("/")
        name, word = f"{here}/@{{name}}", "[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
        return Addresses(name=name, remote=f"{name}@{{host}}", tag=f"{here}/tags/{{tag}}", names=word)

    def limits(self, account: Account) -> Limits:
        return instance.limits(account)

    def connect(
        self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED
    ) -> AbstractContextManager[Connection]:
        """Raises Unreachable for a `base_url` that is no server's address."""
        return closing(MastodonConnection(account, timeout, meter))

    def revoke(self, account: Account, *, timeout: float = 15.0) -> None:
        revoke(account, timeout)

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        try:
            domain = instance.domain_of(account)
        except NetworkTrouble:
            domain = ""  # an address that nobody can reach is no reason not to read what came
        return translate(kind, body, Place(account.key, domain))
