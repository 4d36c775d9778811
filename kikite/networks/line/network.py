"""LINE as a network of Kikite: official accounts, by the Messaging API."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import timedelta

from kikite.lib.words import gettext_noop as _
from kikite.networks.base import UNMETERED, BaseNetwork
from kikite.networks.calling import secret
from kikite.networks.contract import (
    Account,
    Capabilities,
    Connection,
    Counting,
    Delivery,
    Field,
    Incoming,
    Limits,
    Meter,
    Renewal,
    Signal,
    Step,
    Visibility,
    Way,
)

from . import opening, places
from .translate import translate

LENGTH = 5000

_STEPS = (
    Step(
        _("In the LINE Developers Console, open your provider and the Messaging API channel of your official account."),
        "https://developers.line.biz/console/",
    ),
    Step(
        _(
            "Under Messaging API, enter {hook} as the webhook URL (Kikite does it by itself where LINE can reach it). "
            "Switch on “Use webhook” and “Webhook redelivery”."
        )
    ),
    Step(
        _(
            "In the LINE Official Account Manager, under Response settings, switch on “Chat” and switch off "
            "“Auto-response messages”, or customers get two answers."
        ),
        "https://manager.line.biz/",
    ),
)
_SECRET = Field("channel_secret", _("Channel secret"), help=_("Under Basic settings."), secret=True)
_ADDRESS = Field(
    "base_url",
    _("Address of the API"),
    help=_("LINE's own, unless a server of yours stands in for it."),
    required=False,
    default=places.API,
)


class Line(BaseNetwork):
    name = "line"
    title = "LINE"
    default_url = places.API
    capabilities = Capabilities(
        private_messages=True,
        posts=False,
        deletes=False,
        private_deletes=False,
        media_out=False,
        reads_by=frozenset({"webhook"}),
        poll_every=60.0,
        subscribes=True,
        profiles_apart=True,
        idempotent=True,
        idempotent_for=24 * 3600,
        looks_up=False,
        signals=frozenset({Signal.TYPING}),
        renews=timedelta(days=7),
        visibilities=(Visibility.PRIVATE,),
    )
    ways: tuple[Way, ...] = (
        Way(
            "secret",
            _("Channel ID and secret"),
            (
                _ADDRESS,
                Field("channel_id", _("Channel ID"), help=_("Under Basic settings.")),
                _SECRET,
            ),
            steps=(
                *_STEPS,
                Step(_("Copy the channel ID and the channel secret. Kikite gets its access from them and renews it.")),
            ),
        ),
        Way(
            "token",
            _("Long-lived access token"),
            (
                _ADDRESS,
                _SECRET,
                Field(
                    "access_token",
                    _("Channel access token"),
                    help=_("Under Messaging API, at the end: Issue. It lives until you issue another."),
                    secret=True,
                ),
            ),
            steps=_STEPS,
        ),
    )

    def able(self, account: Account) -> Capabilities:
        """A token that somebody issued in the console lives until they issue another: there is nothing to renew."""
        return self.capabilities if account.settings.get("issued") is True else replace(self.capabilities, renews=None)

    def realm(self, account: Account) -> str:
        """People have another id for every provider, so keys are unique within the account."""
        return f"{self.name}:{account.key}"[:200]

    def limits(self, account: Account) -> Limits:
        return Limits(length=LENGTH, counting=Counting.UTF16, media=0)

    def connect(
        self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED
    ) -> AbstractContextManager[Connection]:
        # The HTTP client is imported here, as reading and webhooks do without it.
        from .connection import LineConnection

        return closing(LineConnection(account, timeout, meter))

    def renew(self, account: Account, *, timeout: float = 15.0) -> Renewal:
        from .client import issue

        return issue(account, timeout)

    def revoke(self, account: Account, *, timeout: float = 15.0) -> None:
        """Only a token that we got ourselves: one that somebody issued in the console may serve others too."""
        from .client import revoke

        if account.secrets.get("channel_id") and account.secrets.get("access_token"):
            revoke(account, timeout)

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(account, kind, body)

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        opening.verify(account.secrets.get("channel_secret", ""), body, headers.get(opening.SIGNATURE, ""))
        return opening.deliveries(body)

    def media_headers(self, account: Account, url: str) -> Mapping[str, str]:
        if not places.needs_token(account, url):
            return {}
        return {"Authorization": f"Bearer {secret(account, 'access_token') or 'none'}"}
