"""Signing in by OAuth 2 with PKCE, staying signed in, and what was not granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from kikite.networks.contract import Account, Identity, NetworkTrouble, SignIn, Unauthorised, Unreachable
from kikite.networks.x import network
from kikite.networks.x.permissions import SCOPES, missing_at

from .conftest import Scene

REDIRECT = "https://desk.example/connect/return"
VERIFIER = "v" * 60


@pytest.fixture
def fresh(scene: Scene) -> Iterator[Account]:
    """The form, filled in."""
    scene.server.admin("PATCH", "/app", redirects=[REDIRECT], withheld=[])
    given = {name: scene.account.secrets[name] for name in ("client_id", "client_secret", "consumer_secret")}
    yield Account("", "", scene.server.url, given)
    scene.server.admin("PATCH", "/app", withheld=[], public=False)


def sign_in() -> SignIn:
    (found,) = [way.sign_in for way in network.ways if way.sign_in]
    return found


def depart(account: Account) -> str:
    return sign_in().depart(account, redirect=REDIRECT, state="forged?", verifier=VERIFIER).url


def code(scene: Scene, account: Account) -> str:
    """As the person who presses the button."""
    answer = httpx.post(depart(account), data={"user": scene.account.key, "answer": "yes"})
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert back["state"] == "forged?"
    return back["code"]


def exchange(scene: Scene, account: Account, verifier: str = VERIFIER) -> Identity:
    told = code(scene, account)
    (identity,) = sign_in().exchange_code(account, code=told, redirect=REDIRECT, verifier=verifier)
    return identity


def test_where_people_sign_in() -> None:
    account = Account("", "", "https://api.x.com", {"client_id": "abc"})
    url = urlsplit(depart(account))
    assert (url.scheme, url.netloc, url.path) == ("https", "x.com", "/i/oauth2/authorize")
    query = dict(parse_qsl(url.query))
    assert query["scope"].split() == list(SCOPES) and query["code_challenge_method"] == "S256"
    assert VERIFIER not in url.query
    elsewhere = replace(account, settings={"authorize_url": "https://x.test/yes"})
    assert depart(elsewhere).startswith("https://x.test/yes?")


def test_the_whole_way(scene: Scene, fresh: Account) -> None:
    identity = exchange(scene, fresh)
    assert (identity.author.key, identity.author.handle) == (scene.account.key, "TsubameAir")
    assert identity.missing == ()
    assert identity.expires_at and abs(identity.expires_at - datetime.now(UTC) - timedelta(hours=2)) < timedelta(
        minutes=1
    )
    account = Account(identity.author.key, "", fresh.base_url, identity.secrets, identity.settings)
    with network.connect(account) as connection:
        assert connection.identify().missing == ()
    renewed = network.renew(account)
    assert renewed.secrets["refresh_token"] != identity.secrets["refresh_token"]
    assert renewed.secrets["consumer_secret"] == fresh.secrets["consumer_secret"]
    with network.connect(replace(account, secrets=renewed.secrets)) as connection:
        assert connection.identify().author.key == account.key
    with pytest.raises(Unauthorised, match="invalid"):
        network.renew(account)


def test_an_app_without_a_secret(scene: Scene, fresh: Account) -> None:
    scene.server.admin("PATCH", "/app", public=True)
    bare = replace(fresh, secrets={"client_id": fresh.secrets["client_id"]})
    assert exchange(scene, bare).author.key == scene.account.key


def test_what_was_not_granted_is_named(scene: Scene, fresh: Account) -> None:
    scene.server.admin("PATCH", "/app", withheld=["dm.read", "offline.access"])
    identity = exchange(scene, fresh)
    assert identity.missing == ("offline.access", "dm.read")
    account = Account(identity.author.key, "", fresh.base_url, identity.secrets, identity.settings)
    assert network.able(account).renews is None
    with network.connect(account) as connection:
        assert connection.identify().missing == ("offline.access", "dm.read")
    with pytest.raises(Unauthorised, match=r"offline\.access"):
        network.renew(account)


def test_codes_that_are_not_taken(scene: Scene, fresh: Account) -> None:
    with pytest.raises(Unauthorised, match="code verifier"):
        exchange(scene, fresh, verifier="w" * 60)
    with pytest.raises(Unauthorised):
        sign_in().exchange_code(fresh, code="forged", redirect=REDIRECT, verifier=VERIFIER)
    told = code(scene, fresh)
    sign_in().exchange_code(fresh, code=told, redirect=REDIRECT, verifier=VERIFIER)
    with pytest.raises(Unauthorised):
        sign_in().exchange_code(fresh, code=told, redirect=REDIRECT, verifier=VERIFIER)
    wrong = replace(fresh, secrets={**fresh.secrets, "client_secret": "wrong"})
    with pytest.raises(Unauthorised):
        sign_in().exchange_code(wrong, code="x", redirect=REDIRECT, verifier=VERIFIER)


def test_no_server_or_none_of_x(fresh: Account) -> None:
    for address in ("http://127.0.0.1:9", "nonsense address"):
        with pytest.raises(Unreachable):
            network.renew(replace(fresh, base_url=address, secrets={**fresh.secrets, "refresh_token": "x"}))


@pytest.mark.parametrize("kind", ["html", "half", "empty", "types"])
def test_answers_that_are_none(scene: Scene, fresh: Account, kind: str) -> None:
    told = code(scene, fresh)
    scene.server.admin("POST", "/faults", kind=kind, on="any", next=0, seconds=20)
    with pytest.raises(NetworkTrouble):
        sign_in().exchange_code(fresh, code=told, redirect=REDIRECT, verifier=VERIFIER)


def test_nothing_secret_is_shown(scene: Scene, fresh: Account) -> None:
    identity = exchange(scene, fresh)
    shown = f"{identity!r}{network.renew(replace(fresh, secrets=identity.secrets))!r}"
    assert not [value for value in identity.secrets.values() if len(value) > 8 and value in shown]


def test_four_keys_tell_what_they_may_do(scene: Scene) -> None:
    assert missing_at("read-write-directmessages") == ()
    assert missing_at("Read-Write") == ("dm.read", "dm.write")
    assert "tweet.write" in missing_at("read") and missing_at("") == ()
    with scene.open(scene.keys) as connection:
        identity = connection.identify()
    assert identity.expires_at is None and network.able(scene.keys).renews is None
