"""Signing in at servers that know more or less of OAuth 2, and what a token lacks."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from kikite.networks.contract import Account, Departure, Unauthorised, Unreachable
from kikite.networks.mastodon import network
from kikite.networks.mastodon.signing_in import PERMISSIONS, MastodonSignIn, missing

from .canned import ME, Canned

BACK = "https://desk.example/connect/return"
VERIFIER = "v" * 64
APP = {"client_id": "app-1", "client_secret": "hush"}
METADATA = {
    "scopes_supported": ["read", "write", *(one.name for one in PERMISSIONS)],
    "code_challenge_methods_supported": ["S256"],
}
PERSON = {"id": ME, "username": "kikite_air", "acct": "kikite_air"}


def depart(server: Canned) -> tuple[Departure, dict[str, str]]:
    departure = MastodonSignIn().depart(Account("", "", server.url), redirect=BACK, state="s", verifier=VERIFIER)
    return departure, dict(parse_qsl(urlsplit(departure.url).query))


def came_back(server: Canned, departure: Departure) -> Account:
    return replace(Account("", "", server.url), secrets=departure.secrets)


def test_a_server_that_knows_everything(server: Canned) -> None:
    server.answer("GET /.well-known/oauth-authorization-server", 200, METADATA)
    server.answer("POST /api/v1/apps", 200, APP)
    departure, asked = depart(server)
    assert asked["scope"].split() == [one.name for one in PERMISSIONS]
    assert asked["code_challenge_method"] == "S256" and VERIFIER not in departure.url
    assert "hush" not in departure.url and "hush" not in repr(departure)


def test_a_server_that_tells_nothing_is_asked_for_the_whole_and_without_pkce(server: Canned) -> None:
    server.answer("POST /api/v1/apps", 200, APP)
    departure, asked = depart(server)
    assert asked["scope"] == "read write" and "code_challenge" not in asked
    server.answer("POST /oauth/token", 200, {"access_token": "t0ken", "scope": "read write"})
    server.answer("GET /api/v1/instance", 200, {"uri": "social.example"})
    server.answer("GET /api/v1/accounts/verify_credentials", 200, PERSON)
    (found,) = MastodonSignIn().exchange_code(
        came_back(server, departure), code="c", redirect=BACK, verifier=VERIFIER, timeout=5
    )
    assert (found.author.key, found.missing) == (ME, ()) and found.secrets["access_token"] == "t0ken"
    (token,) = [body.decode() for asked_, _, body in server.asked if asked_ == "POST /oauth/token"]
    assert "code_verifier" not in token and "client_secret=hush" in token


@pytest.mark.parametrize(("status", "error"), [(400, Unauthorised), (401, Unauthorised), (500, Unreachable)])
def test_a_code_that_is_not_taken(server: Canned, status: int, error: type[Exception]) -> None:
    server.answer("POST /oauth/token", status, {"error": "invalid_grant", "error_description": "It is used up"})
    account = Account("", "", server.url, APP)
    with pytest.raises(error, match="used up"):
        MastodonSignIn().exchange_code(account, code="c", redirect=BACK, verifier=VERIFIER, timeout=5)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"client_id":7}'])
def test_no_mastodon_there(server: Canned, body: bytes) -> None:
    server.answer("POST /api/v1/apps", 200, body)
    with pytest.raises(Unreachable, match="No Mastodon server"):
        depart(server)


@pytest.mark.parametrize(
    ("granted", "lacks"),
    [
        ("read write", []),
        ("read write:statuses", ["write:media", "write:favourites"]),
        ("read:accounts read:statuses write", ["read:notifications", "read:search"]),
        ("", []),
        (None, []),
    ],
)
def test_what_a_token_lacks_is_named(granted: object, lacks: list[str]) -> None:
    assert list(missing(granted)) == lacks


def test_every_permission_says_what_it_is_for() -> None:
    (way,) = [way for way in network.ways if way.sign_in]
    assert all(one.why for one in way.permissions) and way.steps


def test_access_that_signing_in_brought_is_given_back(server: Canned) -> None:
    server.answer("POST /oauth/revoke", 200, {})
    network.revoke(server.account())  # made by hand: theirs to revoke
    assert server.asked == []
    network.revoke(replace(server.account(), secrets={**APP, "access_token": "t0ken"}), timeout=5)
    ((_, _, body),) = server.asked
    assert dict(parse_qsl(body.decode())) == {**APP, "token": "t0ken"}
