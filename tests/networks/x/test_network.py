"""What an account of X can do, where its answers are handed over, and whose pictures need a proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from kikite.networks.contract import Account, Author, Part, Visibility
from kikite.networks.x import network

from .accounts import ACCOUNT


def part(text: str, **more: object) -> Part:
    return Part(key="0" * 32, text=text, written_at=datetime.now(UTC), **more)  # type: ignore[arg-type]


def test_what_an_account_can_do() -> None:
    able = network.able(ACCOUNT)
    assert able.reads_by == {"poll", "stream", "webhook"} and able.subscribes and able.summons
    unproven = network.able(replace(ACCOUNT, secrets={"access_token": "t", "bearer_token": "b"}))
    assert unproven.reads_by == {"poll", "stream"} and not unproven.subscribes
    bare = network.able(replace(ACCOUNT, secrets={"access_token": "t"}))
    assert bare.reads_by == {"poll"} and bare.searches == {"search"} and not bare.receipts
    assert bare.renews is None
    assert network.able(replace(ACCOUNT, secrets={"access_token": "t", "refresh_token": "r"})).renews


def test_an_enterprise_contract_lifts_the_summons_rule() -> None:
    assert not network.able(replace(ACCOUNT, secrets={**ACCOUNT.secrets, "enterprise": "yes"})).summons
    # As it is remembered where the credentials are not at hand.
    remembered = Account("1", "", "", settings={"enterprise": True, "app_token": True, "consumer_secret": True})
    able = network.able(remembered)
    assert not able.summons and able.reads_by == {"poll", "stream", "webhook"}


def test_handing_over_an_answer() -> None:
    url = urlsplit(network.hand_over(ACCOUNT, part("Sorry & thanks, 山田様 #1", reply_to="1860003240000000000")))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://x.com/intent/tweet"
    assert parse_qs(url.query) == {"in_reply_to": ["1860003240000000000"], "text": ["Sorry & thanks, 山田様 #1"]}
    assert "+" not in url.query, "X shows a plus as it is"


def test_handing_over_a_private_message() -> None:
    private = part("Your seat is 14A", visibility=Visibility.PRIVATE, to=Author("944480690", "guest"))
    url = urlsplit(network.hand_over(ACCOUNT, private))
    assert f"{url.netloc}{url.path}" == "x.com/messages/compose"
    assert parse_qs(url.query) == {"recipient_id": ["944480690"], "text": ["Your seat is 14A"]}


def test_private_pictures_need_a_proof() -> None:
    ours = "https://api.x.com/2/dm_conversations/media/1/2/ticket.png"
    assert network.media_headers(ACCOUNT, ours) == {"Authorization": "Bearer token"}
    for stranger in ("https://pbs.twimg.com/a.jpg", "https://api.x.com.evil.example/2/dm_conversations/media/1/2/x"):
        assert network.media_headers(ACCOUNT, stranger) == {}
    four = {"consumer_key": "k", "consumer_secret": "s", "access_token": "a", "token_secret": "t"}
    assert network.media_headers(replace(ACCOUNT, secrets=four), ours)["Authorization"].startswith("OAuth ")


def test_prices_are_numbers_and_differ() -> None:
    prices = {price.what: Decimal(price.usd) for price in network.capabilities.prices}
    assert prices["post.owned"] < prices["post.read"] < prices["user.read"] == prices["dm.read"]
    assert prices["post.summoned"] < prices["post.create"] < prices["post.link"]
    assert {price.what for price in network.capabilities.prices if price.daily} == {
        "post.owned", "post.read", "user.read", "dm.read",
    }  # fmt: skip


def test_limits() -> None:
    limits = network.limits(ACCOUNT)
    assert (limits.length, limits.link_weight, limits.private_length, limits.private_media) == (280, 23, 10_000, 1)
    assert {kind.kind for kind in limits.accepts} == {"image", "video"}
    assert {kind.alt for kind in limits.accepts} == {1000}
