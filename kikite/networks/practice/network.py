"""The practice network as Kikite sees it: what it can do, how to sign in, how its webhooks are proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from kikite.lib.words import gettext_noop as _

from ..base import UNMETERED, BaseNetwork
from ..contract import (
    Accepts,
    Account,
    Addresses,
    BadSignature,
    Capabilities,
    Connection,
    Counting,
    Delivery,
    Field,
    Incoming,
    Limits,
    Meter,
    Network,
    Permission,
    Renewal,
    Step,
    Unreadable,
    Way,
)
from . import translation
from .signing import SIGNATURE, WINDOW_SECONDS, is_signed
from .signing_in import PracticeSignIn

DEFAULT_URL = "http://127.0.0.1:8001"
RENEWS = timedelta(minutes=5)
SERVER = Field("base_url", _("Address of the server"), default=DEFAULT_URL)
PERMISSIONS = (
    Permission("read", _("Reads what customers say to the account. Without it nothing arrives.")),
    Permission("write", _("Posts your answers. Without it nobody can be answered.")),
    Permission("messages", _("Reads and writes private messages. Without it they do not arrive."), required=False),
)

_ACCEPTS = (Accepts("image", ("image/png", "image/jpeg", "image/gif", "image/webp"), 5_000_000, alt=1000),)


class PracticeNetwork(BaseNetwork):
    """Stateless, like every network."""

    name = "practice"
    title = _("Practice network")
    default_url = DEFAULT_URL
    capabilities = Capabilities(
        private_messages=True,
        edits=True,
        reads_by=frozenset({"poll", "stream", "webhook"}),
        searches=frozenset({"search"}),
        refreshes=100,
        subscribes=True,
        renews=RENEWS,
    )
    ways: tuple[Way, ...] = (
        Way(
            "sign-in",
            _("Sign in on the network"),
            (SERVER,),
            (
                Step(
                    _("You are led to the practice network. Choose the brand’s account there, and allow what is asked.")
                ),
            ),
            PERMISSIONS,
            PracticeSignIn([permission.name for permission in PERMISSIONS]),
        ),
        Way(
            "token",
            _("Access token"),
            (
                SERVER,
                Field("token", _("Access token"), help=_("Its server gives one to each brand account."), secret=True),
                Field(
                    "webhook_secret",
                    _("Webhook secret"),
                    help=_("Signs what the server posts to us. Without it, posts are fetched instead."),
                    secret=True,
                    required=False,
                ),
            ),
        ),
    )

    def able(self, account: Account) -> Capabilities:
        """An account's own token lives until it is changed; what an app was given ends, sooner where it is short."""
        if not account.secrets.get("refresh_token"):
            return replace(self.capabilities, renews=None)
        life = account.settings.get("life")
        third = timedelta(seconds=life / 3) if isinstance(life, int | float) and 0 < life < 10**9 else RENEWS
        return replace(self.capabilities, renews=min(RENEWS, third))

    def renew(self, account: Account, *, timeout: float = 15.0) -> Renewal:
        from . import oauth

        return oauth.renew(account, timeout)

    def revoke(self, account: Account, *, timeout: float = 15.0) -> None:
        from . import oauth

        if account.secrets.get("refresh_token"):
            oauth.revoke(account, timeout)

    def realm(self, account: Account) -> str:
        return self.name

    def addresses(self, account: Account) -> Addresses:
        return Addresses(name=f"{account.base_url}/@{{name}}")

    def limits(self, account: Account) -> Limits:
        return Limits(
            length=280, counting=Counting.WEIGHTED, link_weight=23, private_length=10_000, media=4, accepts=_ACCEPTS
        )

    @contextmanager
    def connect(self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED) -> Iterator[Connection]:
        # Imported here so that the practice server, which lives in this package, need not carry an HTTP client.
        from .connection import PracticeConnection

        connection = PracticeConnection(account, timeout, meter)
        try:
            yield connection
        finally:
            connection.close()

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translation.translate(body, account.key)

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        if not is_signed(account.secrets.get("webhook_secret", ""), body, headers.get(SIGNATURE, "")):
            raise BadSignature("the signature is not one of this account's secret over this body")
        try:
            call = orjson.loads(body)
            sent_at = datetime.fromisoformat(call["sent_at"])
            deliveries = [translation.delivery(event) for event in call["events"]]
        except (ValueError, TypeError, KeyError) as error:
            raise Unreadable(f"not a webhook call of the practice network: {error!r:.200}") from None
        if sent_at.tzinfo is None or abs(datetime.now(UTC) - sent_at) > timedelta(seconds=WINDOW_SECONDS):
            raise BadSignature("the call was made more than five minutes ago")
        return deliveries


network: Network = PracticeNetwork()
