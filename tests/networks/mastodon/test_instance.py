"""What a server says of itself, and what is typed as its address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kikite.networks.contract import Account, Counting, Identity, RateLimited, Unauthorised, Unreachable
from kikite.networks.mastodon import network

from .canned import ME, Canned

V2 = {
    "domain": "social.example",
    "version": "4.5.2",
    "configuration": {
        "urls": {"streaming": "wss://streaming.social.example"},
        "statuses": {"max_characters": 1000, "max_media_attachments": 6, "characters_reserved_per_url": 25},
        "media_attachments": {"image_size_limit": 16777216, "supported_mime_types": ["image/png", 7]},
    },
}
V1 = {"uri": "old.example", "version": "3.4.1", "urls": {"streaming_api": "wss://old.example"}, "max_toot_chars": 700}
PERSON = {"id": ME, "username": "kikite_air", "acct": "kikite_air", "display_name": "Kikite Air"}


def identify(account: Account) -> Identity:
    with network.connect(account, timeout=5) as connection:
        return connection.identify()


def test_a_server_of_today(server: Canned) -> None:
    server.answer("GET /api/v2/instance", 200, V2)
    server.answer("GET /api/v1/accounts/verify_credentials", 200, PERSON)
    identity = identify(server.account())
    assert (identity.author.key, identity.author.handle) == (ME, "kikite_air@social.example")
    assert identity.settings["streaming"] == "https://streaming.social.example"
    assert identity.settings["supported_mime_types"] == ["image/png"]
    limits = network.limits(replace(server.account(), settings=identity.settings))
    assert (limits.length, limits.link_weight, limits.media) == (968, 25, 6)
    assert limits.counting is Counting.CHARACTERS


def test_an_old_server(server: Canned) -> None:
    server.answer("GET /api/v1/instance", 200, V1)
    server.answer("GET /api/v1/accounts/verify_credentials", 200, PERSON)
    identity = identify(server.account())
    assert identity.author.handle == "kikite_air@old.example"
    assert (identity.settings["max_characters"], identity.settings["streaming"]) == (700, "https://old.example")


@pytest.mark.parametrize(
    "said", [{}, {"configuration": []}, {"configuration": {"statuses": {"max_characters": "x"}}}, []]
)
def test_a_server_that_says_little(server: Canned, said: object) -> None:
    server.answer("GET /api/v2/instance", 200, said)
    server.answer("GET /api/v1/accounts/verify_credentials", 200, PERSON)
    settings = identify(server.account()).settings
    assert settings["domain"] == server.url.removeprefix("http://")
    assert (settings["max_characters"], settings["streaming"]) == (500, "")


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorised), (429, RateLimited), (500, Unreachable)])
def test_trouble(server: Canned, status: int, error: type[Exception]) -> None:
    server.answer("GET /api/v2/instance", 200, V2)
    server.answer("GET /api/v1/accounts/verify_credentials", status, {"error": "The access token is invalid"})
    with pytest.raises(error, match="The access token is invalid"):
        identify(server.account())


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]"])
def test_no_mastodon_there(server: Canned, body: bytes) -> None:
    server.answer("GET /api/v2/instance", 200, V2)
    server.answer("GET /api/v1/accounts/verify_credentials", 200, body)
    with pytest.raises(Unreachable, match="no Mastodon server"):
        identify(server.account())


def test_another_kind_of_server(server: Canned) -> None:
    with pytest.raises(Unreachable, match="No Mastodon server"):
        identify(server.account())


@pytest.mark.parametrize("address", ["", "ftp://x.example", "https://", "not an address", "http://[::1", "https://x:y"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(Unreachable, match="address of a server"):
        identify(Account(ME, "", address, {"access_token": "x"}))


@pytest.mark.parametrize(
    ("address", "realm"),
    [
        ("https://Social.Example/", "mastodon:social.example"),
        ("social.example", "mastodon:social.example"),
        ("https://social.example:443/@me?x#y", "mastodon:social.example"),
        ("http://127.0.0.1:3000", "mastodon:127.0.0.1:3000"),
    ],
)
def test_realm(address: str, realm: str) -> None:
    assert network.realm(Account("", "", address)) == realm


def test_a_token_that_cannot_be_one_is_refused_by_the_server_and_breaks_nothing(server: Canned) -> None:
    server.answer("GET /api/v2/instance", 200, V2)
    server.answer("GET /api/v1/accounts/verify_credentials", 401, {"error": "The access token is invalid"})
    with pytest.raises(Unauthorised):
        identify(replace(server.account(), secrets={"access_token": "tökén\r\nX-Evil: 1"}))
    assert all("X-Evil" not in headers for _, headers, _ in server.asked)
