"""How an account of X is connected: signing in by OAuth 2, or four keys of OAuth 1.0a."""

from __future__ import annotations

from kikite.lib.words import gettext_noop as _
from kikite.networks.contract import Field, Step, Way

from .permissions import PERMISSIONS
from .signing_in import API, XSignIn

CONSOLE = "https://console.x.com"

_APP_TOKEN = Field(
    "bearer_token",
    _("Bearer token of the app"),
    help=_("From “Keys and tokens”. With it, X pushes new posts and messages; without it, they are fetched."),
    secret=True,
    required=False,
)
_CONTRACT = Field(
    "enterprise",
    _("Enterprise contract with X"),
    help=_("Without one, X takes answers by API only to people who mentioned or quoted the account."),
    default="no",
    choices=(("no", _("No contract")), ("yes", _("Enterprise"))),
)
_SERVER = Field(
    "base_url",
    _("Address of the API"),
    help=_("Leave it as it is, unless you test against another server."),
    default=API,
)

SIGN_IN = Way(
    "oauth2",
    _("Sign in with X"),
    (
        Field("client_id", _("Client ID"), help=_("From “Keys and tokens” of your app, under OAuth 2.0.")),
        Field(
            "client_secret",
            _("Client secret"),
            help=_("Shown once when the app is set up as “Web App, Automated App or Bot”."),
            secret=True,
            required=False,
        ),
        Field(
            "consumer_secret",
            _("Consumer secret (API key secret)"),
            help=_("Proves that calls come from X. Needed for webhooks."),
            secret=True,
            required=False,
        ),
        _APP_TOKEN,
        _CONTRACT,
        _SERVER,
    ),
    steps=(
        Step(_("Open the developer console of X and create a project with an app."), CONSOLE),
        Step(
            _(
                "Under “User authentication settings”, choose “Web App, Automated App or Bot”, "
                "and reading and writing with direct messages."
            )
        ),
        Step(_("Enter {redirect} as callback address, exactly as it stands here, and your website.")),
        Step(_("Open “Keys and tokens” and copy the keys into the form below.")),
        Step(_("Sign in with the account that answers customers, not with your own.")),
    ),
    permissions=PERMISSIONS,
    sign_in=XSignIn(),
)
KEYS = Way(
    "oauth1",
    _("Four keys (OAuth 1.0a)"),
    (
        Field("consumer_key", _("API key (consumer key)"), secret=True),
        Field("consumer_secret", _("API key secret (consumer secret)"), secret=True),
        Field("access_token", _("Access token"), help=_("Of the account that answers customers."), secret=True),
        Field("token_secret", _("Access token secret"), secret=True),
        _APP_TOKEN,
        _CONTRACT,
        _SERVER,
    ),
    steps=(
        Step(
            _("Open the developer console of X as the account that answers customers; create a project with an app."),
            CONSOLE,
        ),
        Step(
            _(
                "Let the app read and write with direct messages before you make the access token: "
                "a token keeps the access that it was made with."
            )
        ),
        Step(_("Open “Keys and tokens”, generate the access token and copy all four keys into the form below.")),
    ),
)
