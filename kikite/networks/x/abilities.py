"""What can be done on X, what it costs, and what of it a certain account can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kikite.lib.words import gettext_noop as _
from kikite.networks.contract import Accepts, Account, Capabilities, Counting, Limits, Moderation, Price

# https://docs.x.com/x-api/getting-started/pricing, autumn 2026. What an answer brings along is charged as well.
PRICES = (
    Price("post.owned", "0.001", _("own posts and mentions read"), daily=True),
    Price("post.read", "0.005", _("posts read"), daily=True),
    Price("user.read", "0.010", _("profiles read"), daily=True),
    Price("dm.read", "0.010", _("direct messages read"), daily=True),
    Price("post.create", "0.015", _("posts written")),
    Price("post.summoned", "0.010", _("replies to people who named the account")),
    Price("post.link", "0.200", _("posts with a link")),
    Price("dm.create", "0.015", _("direct messages sent")),
    Price("delete", "0.010", _("posts and direct messages deleted")),
    Price("like", "0.015", _("likes given and taken back")),
    Price("hide", "0.005", _("replies hidden and shown")),
    Price("media.describe", "0.005", _("descriptions of pictures")),
)
_MB = 1024 * 1024
# GIFs and films are told apart from pictures by what they weigh; one of them fills a post.
_PICTURE = Accepts("image", ("image/jpeg", "image/png", "image/webp"), 5 * _MB, alt=1000)
_GIF = Accepts("image", ("image/gif",), 15 * _MB, alt=1000, alone=True)
_FILM = Accepts("video", ("video/mp4", "video/quicktime"), 512 * _MB, alt=1000, alone=True)
ACCEPTS = (_PICTURE, _GIF, _FILM)
LIMITS = Limits(
    length=280,
    counting=Counting.WEIGHTED,
    link_weight=23,
    private_length=10_000,
    private_counting=Counting.CHARACTERS,
    media=4,
    private_media=1,
    accepts=ACCEPTS,
    private_accepts=tuple(replace(kind, alt=0) for kind in ACCEPTS),
)
CAPABILITIES = Capabilities(
    private_messages=True,
    sealed_messages=True,
    edits=True,
    reads_by=frozenset({"poll", "stream", "webhook"}),
    poll_every=15.0,
    subscribes=True,
    searches=frozenset({"search", "stream"}),
    refreshes=100,
    profiles_apart=True,
    summons=True,
    hand_over=True,
    moderates=frozenset({Moderation.HIDE, Moderation.UNHIDE, Moderation.LIKE, Moderation.UNLIKE}),
    receipts=True,
    renews=timedelta(minutes=10),
    prices=PRICES,
)


def able(account: Account) -> Capabilities:
    """Less without the app's token (no streams, no webhooks) or its consumer secret (no webhooks), and without a token
    that ends nothing is renewed. More with an Enterprise contract: it may answer everybody."""
    app, proof = _has(account, "app_token", "bearer_token"), _has(account, "consumer_secret", "consumer_secret")
    reads_by = {"poll"} | ({"stream"} if app else set()) | ({"webhook"} if app and proof else set())
    return replace(
        CAPABILITIES,
        reads_by=frozenset(reads_by),
        subscribes="webhook" in reads_by,
        searches=frozenset({"search", "stream"} if app else {"search"}),
        receipts=app,
        summons=not enterprise(account),
        renews=CAPABILITIES.renews if _has(account, "renews", "refresh_token") else None,
    )


def enterprise(account: Account) -> bool:
    return account.settings.get("enterprise") is True or account.secrets.get("enterprise") == "yes"


def _has(account: Account, setting: str, name: str) -> bool:
    """As the credentials say, or what was remembered of them where they are not at hand."""
    return bool(account.secrets.get(name)) if account.secrets else account.settings.get(setting) is True
