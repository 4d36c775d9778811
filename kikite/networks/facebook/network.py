"""Facebook Pages and Messenger as a network of Kikite: one channel is one Page with both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from datetime import timedelta

from kikite.lib.words import gettext_noop as _
from kikite.networks.base import UNMETERED, BaseNetwork
from kikite.networks.contract import (
    Account,
    Capabilities,
    Connection,
    Delivery,
    Field,
    Handshake,
    Incoming,
    Limits,
    Meter,
    Moderation,
    Signal,
    Step,
    Way,
)
from kikite.networks.meta import hooks, signing

from .connection import FacebookConnection
from .limits import LIMITS
from .lists import BATCH
from .signin import PERMISSIONS, FacebookLogin
from .translate import change_key, translate

_APPS = "https://developers.facebook.com/apps"
_URL = "https://graph.facebook.com"
_APP = (
    Field("app_id", _("App ID"), help=_("In the app's dashboard: App settings, Basic.")),
    Field(
        "app_secret",
        _("App secret"),
        help=_("Proves that webhooks come from Meta, and our requests from your app."),
        secret=True,
    ),
)
_REST = (
    Field(
        "verify_token",
        _("Verify token"),
        help=_("Only if you set the webhook up by hand: the same words as there. Otherwise leave it empty."),
        secret=True,
        required=False,
    ),
    Field("base_url", _("Address of the Graph API"), default=_URL, required=False),
)


class Facebook(BaseNetwork):
    """Stateless, like every network."""

    name = "facebook"
    title = "Facebook"
    default_url = _URL
    capabilities = Capabilities(
        private_messages=True,
        edits=True,
        private_deletes=False,
        reads_by=frozenset({"webhook", "poll"}),
        poll_every=60.0,
        subscribes=True,
        refreshes=BATCH,
        profiles_apart=True,
        window=timedelta(hours=24),
        human_window=timedelta(days=7),
        private_reply=timedelta(days=7),
        moderates=frozenset(Moderation),
        signals=frozenset(Signal),
        receipts=True,
    )
    ways: tuple[Way, ...] = (
        Way(
            "login",
            _("Sign in with Facebook"),
            (*_APP, *_REST),
            steps=(
                Step(_("Make an app of the type Business for your company, with the product Facebook Login."), _APPS),
                Step(_("Facebook Login, Settings, Valid OAuth redirect URIs: enter {redirect}")),
                Step(_("App Review: ask for the feature Human Agent, so that people may answer for seven days.")),
                Step(_("Sign in as somebody with full control of the Page, and choose the Page.")),
            ),
            permissions=PERMISSIONS,
            sign_in=FacebookLogin(),
        ),
        Way(
            "token",
            _("Page access token"),
            (
                *_APP,
                Field(
                    "page_token",
                    _("Page access token"),
                    help=_("Of a system user or from the app's Messenger settings: one that does not expire."),
                    secret=True,
                ),
                *_REST,
            ),
            steps=(
                Step(_("Make an app of the type Business for your company, with the product Messenger."), _APPS),
                Step(_("Make a token for the Page, with the permissions below.")),
            ),
            permissions=PERMISSIONS,
        ),
    )

    def realm(self, account: Account) -> str:
        return self.name

    def limits(self, account: Account) -> Limits:
        return LIMITS

    def connect(
        self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED
    ) -> AbstractContextManager[Connection]:
        """Raises Unreachable for a `base_url` that is no server's address."""
        return closing(FacebookConnection(account, timeout, meter))

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(kind, body, account.key)

    def handshake(self, account: Account, query: Mapping[str, str]) -> Handshake:
        return signing.handshake(account, query)

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        secret = account.secrets.get("app_secret", "")
        return hooks.deliveries(secret, headers, body, thing="page", name=change_key)
