"""Instagram as a network of Kikite: one channel is one professional account."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from datetime import timedelta

from kikite.lib.words import gettext_noop as _
from kikite.networks.base import UNMETERED, BaseNetwork
from kikite.networks.contract import (
    Account,
    Addresses,
    Capabilities,
    Connection,
    Delivery,
    Field,
    Handshake,
    Incoming,
    Limits,
    Meter,
    Moderation,
    Renewal,
    Signal,
    Step,
    Way,
)
from kikite.networks.meta import hooks, signing

from . import signin
from .connection import InstagramConnection
from .limits import LIMITS
from .signin import PERMISSIONS, InstagramLogin
from .translate import Us, change_key, translate

_APPS = "https://developers.facebook.com/apps"
_URL = "https://graph.instagram.com"
_SECRET = Field(
    "app_secret",
    _("Instagram app secret"),
    help=_("Proves that webhooks come from Meta, and signs you in."),
    secret=True,
)
_APP_ID = Field(
    "app_id",
    _("Instagram app ID"),
    help=_("In the app's dashboard: Instagram, API setup with Instagram login. It is not the app's own ID."),
)
_REST = (
    Field(
        "verify_token",
        _("Verify token"),
        help=_("Words of your own choice; enter the same where the webhook is set up."),
        secret=True,
    ),
    Field("base_url", _("Address of the Instagram API"), default=_URL, required=False),
)
_FIRST = (
    Step(_("The account must be a professional one (business or creator).")),
    Step(
        _("Instagram, on your phone: Settings, Messages and story replies, Message controls: allow access to messages.")
    ),
    Step(_("Make an app of the type Business for your company, with the product Instagram."), _APPS),
    Step(
        _(
            "API setup with Instagram login, Configure webhooks: enter {hook} and the verify token, and choose "
            "comments, mentions, messages, message_reactions, messaging_postbacks and messaging_seen."
        )
    ),
)


class Instagram(BaseNetwork):
    """Stateless, like every network."""

    name = "instagram"
    title = "Instagram"
    default_url = _URL
    capabilities = Capabilities(
        private_messages=True,
        posts=False,
        private_deletes=False,
        media_out=False,
        reads_by=frozenset({"webhook", "poll"}),
        poll_every=60.0,
        subscribes=True,
        refreshes=10,
        profiles_apart=True,
        window=timedelta(hours=24),
        human_window=timedelta(days=7),
        private_reply=timedelta(days=7),
        moderates=frozenset({Moderation.HIDE, Moderation.UNHIDE, Moderation.DELETE}),
        signals=frozenset(Signal),
        receipts=True,
        renews=timedelta(days=30),
    )
    ways: tuple[Way, ...] = (
        Way(
            "login",
            _("Sign in with Instagram"),
            (_APP_ID, _SECRET, *_REST),
            steps=(
                *_FIRST,
                Step(_("API setup with Instagram login, Set up Instagram business login: enter {redirect}")),
            ),
            permissions=PERMISSIONS,
            sign_in=InstagramLogin(),
        ),
        Way(
            "token",
            _("Instagram access token"),
            (
                _SECRET,
                Field(
                    "access_token",
                    _("Instagram access token"),
                    help=_("It lives 60 days and is renewed by itself."),
                    secret=True,
                ),
                *_REST,
            ),
            steps=(*_FIRST, Step(_("Make a token for the account in API setup with Instagram login."))),
            permissions=PERMISSIONS,
        ),
    )

    def realm(self, account: Account) -> str:
        return self.name

    def limits(self, account: Account) -> Limits:
        return LIMITS

    def addresses(self, account: Account) -> Addresses:
        return Addresses(
            name="https://www.instagram.com/{name}/",
            tag="https://www.instagram.com/explore/tags/{tag}/",
            names=r"[A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?",
        )

    def connect(
        self, account: Account, *, timeout: float = 15.0, meter: Meter = UNMETERED
    ) -> AbstractContextManager[Connection]:
        """Raises Unreachable for a `base_url` that is no server's address."""
        return closing(InstagramConnection(account, timeout, meter))

    def renew(self, account: Account, *, timeout: float = 15.0) -> Renewal:
        return signin.renewed(account, timeout)

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return translate(kind, body, Us(account.key, account.handle))

    def handshake(self, account: Account, query: Mapping[str, str]) -> Handshake:
        return signing.handshake(account, query)

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        secret = account.secrets.get("app_secret", "")
        return hooks.deliveries(secret, headers, body, thing="instagram", name=change_key)
