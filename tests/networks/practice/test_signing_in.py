"""OAuth 2 with PKCE between the connector and the real practice server, and what must not work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from kikite.networks.contract import Account, Forbidden, Identity, Revoked, Unauthorised, Unreachable
from kikite.networks.practice import network
from tests.contract.practice_stage import BRAND, PracticeStage

from .consenting import consent

REDIRECT = "http://127.0.0.1:9/connect/return"
VERIFIER = "v" * 43
SIGN_IN = next(way.sign_in for way in network.ways if way.sign_in is not None)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeStage]:
    stage = PracticeStage(tmp_path_factory.mktemp("practice"))
    yield stage
    stage.close()


def nobody(stage: PracticeStage) -> Account:
    return Account("", "", stage.account.base_url)


def departure(stage: PracticeStage) -> str:
    return SIGN_IN.depart(nobody(stage), redirect=REDIRECT, state="s1", verifier=VERIFIER).url


def exchanged(stage: PracticeStage, code: str, verifier: str = VERIFIER) -> tuple[Identity, ...]:
    return SIGN_IN.exchange_code(nobody(stage), code=code, redirect=REDIRECT, verifier=verifier)


def signed_in(stage: PracticeStage, **how: object) -> Account:
    (identity,) = exchanged(stage, consent(departure(stage), BRAND, **how)["code"])  # type: ignore[arg-type]
    return replace(stage.account, secrets=identity.secrets, settings=identity.settings)


def test_a_code_becomes_an_account(stage: PracticeStage) -> None:
    back = consent(departure(stage), BRAND)
    assert back["state"] == "s1"
    (identity,) = exchanged(stage, back["code"])
    assert (identity.author.key, identity.author.handle, identity.missing) == (stage.account.key, BRAND, ())
    assert identity.expires_at and 3500 < (identity.expires_at - datetime.now(UTC)).total_seconds() <= 3600
    with network.connect(replace(stage.account, secrets=identity.secrets)) as link:
        assert link.identify().author == identity.author


def test_a_permission_is_left_out_and_named(stage: PracticeStage) -> None:
    account = signed_in(stage, scopes=("write",))
    key = stage.whisper("guest", "only between us")
    with network.connect(account) as link:
        seen = b"".join(delivery.body for delivery in link.poll("").deliveries)
    assert key.encode() not in seen
    back = consent(departure(stage), BRAND, scopes=("write",))
    assert exchanged(stage, back["code"])[0].missing == ("messages",)


def test_several_accounts(stage: PracticeStage) -> None:
    stage.server.admin("POST", "/brands", handle="TsubameCargo", name="Tsubame Cargo")
    found = exchanged(stage, consent(departure(stage), BRAND, "TsubameCargo")["code"])
    assert {identity.author.handle for identity in found} == {BRAND, "TsubameCargo"}
    assert len({identity.secrets["token"] for identity in found}) == 2


def test_a_no_is_sent_back(stage: PracticeStage) -> None:
    assert consent(departure(stage), BRAND, allow=False)["error"] == "access_denied"


def test_a_code_that_comes_twice_takes_back_what_it_brought(stage: PracticeStage) -> None:
    code = consent(departure(stage), BRAND)["code"]
    (identity,) = exchanged(stage, code)
    with pytest.raises(Unauthorised, match="used before"):
        exchanged(stage, code)
    with network.connect(replace(stage.account, secrets=identity.secrets)) as link, pytest.raises(Unauthorised):
        link.identify()


def test_a_stolen_code_is_worth_nothing(stage: PracticeStage) -> None:
    code = consent(departure(stage), BRAND)["code"]
    with pytest.raises(Unauthorised, match="verifier"):
        exchanged(stage, code, "w" * 43)


def test_renewing_uses_the_refresh_token_up(stage: PracticeStage) -> None:
    account = signed_in(stage)
    renewal = network.renew(account)
    assert renewal.secrets["token"] != account.secrets["token"]
    assert renewal.secrets["webhook_secret"] == account.secrets["webhook_secret"]
    with network.connect(replace(account, secrets=renewal.secrets)) as link:
        link.identify()
    with pytest.raises(Unauthorised, match="used before"):
        network.renew(account)
    assert network.renew(replace(account, secrets=renewal.secrets)).expires_at


def test_giving_access_back(stage: PracticeStage) -> None:
    account = signed_in(stage)
    network.revoke(account)
    with network.connect(account) as link, pytest.raises(Unauthorised):
        link.identify()
    network.revoke(account)


def test_what_the_owner_takes_back_is_told(stage: PracticeStage) -> None:
    account = signed_in(stage)
    with network.connect(stage.account) as link:
        cursor = "0"
        while (page := link.poll(cursor)).more:
            cursor = page.cursor
        stage.server.admin("DELETE", f"/permits/{BRAND}")
        told = link.poll(page.cursor).deliveries
    things = [thing for one in told for thing in network.translate(stage.account, one.kind, one.body)]
    assert things and all(isinstance(thing, Revoked) for thing in things)
    with network.connect(account) as link, pytest.raises(Unauthorised):
        link.identify()


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9", "http://", "http://exa mple", "x://y"])
def test_nobody_is_sent_to_no_server(base_url: str) -> None:
    with pytest.raises(Unreachable):
        SIGN_IN.depart(Account("", "", base_url), redirect=REDIRECT, state="s", verifier=VERIFIER)


@pytest.mark.parametrize(
    "change",
    [
        {"response_type": "token"}, {"code_challenge_method": "plain"}, {"code_challenge": "x"}, {"scope": "write"},
        {"redirect_uri": "javascript:alert(1)"}, {"redirect_uri": ""}, {"client_id": ""},
        {"redirect_uri": "http://a'; script-src *"},
    ],
)  # fmt: skip
def test_the_page_of_consent_is_strict(stage: PracticeStage, change: dict[str, str]) -> None:
    url = departure(stage)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    answer = httpx.get(url.partition("?")[0], params=query | change)
    assert answer.status_code == 400
    assert "script-src *" not in answer.headers["content-security-policy"]


def test_the_webhook_of_one_who_signed_in(stage: PracticeStage) -> None:
    account = signed_in(stage)
    with network.connect(account) as link:
        assert link.subscribe("http://127.0.0.1:9/hooks/x") == {"url": "http://127.0.0.1:9/hooks/x"}
        assert link.renewed is None
        link.unsubscribe()
        link.unsubscribe()
    bare = replace(account, secrets={"token": account.secrets["token"]})
    with network.connect(bare) as link:
        link.subscribe("http://127.0.0.1:9/hooks/x")
        assert link.renewed and link.renewed["webhook_secret"]
        link.unsubscribe()


def test_forbidden_is_not_dead(stage: PracticeStage) -> None:
    """A permission that is missing is named; the token is still good."""
    account = signed_in(stage, scopes=())
    with network.connect(account) as link:
        assert link.identify()
        with pytest.raises(Forbidden, match="messages"):
            link._read("/api/conversations")  # type: ignore[attr-defined]
