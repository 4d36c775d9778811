"""Signing in, and renewing what expires."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kikite.networks.bluesky import network
from kikite.networks.contract import Account, RateLimited, Unauthorised, Unreachable

from .told import US, Told

STALE = {"error": "ExpiredToken", "message": "Token has expired"}
FRESH = {"accessJwt": "access-2", "refreshJwt": "refresh-2"}
WRONG = {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
EMPTY: dict[str, list[object]] = {"notifications": []}


def asking(server: Told, **secrets: str) -> dict[str, str]:
    """One poll; the secrets that it renewed."""
    server.says("listRecords", 200, {"records": []})
    with server.connected(secrets=secrets) as connection:
        connection.poll("")
        return dict(connection.renewed or {})


def test_a_known_token_is_used(server: Told) -> None:
    server.says("listNotifications", 200, EMPTY)
    assert asking(server) == {}
    assert {asked.token for asked in server.asked} == {"access-1"}


def test_the_password_gives_tokens_and_all_is_to_be_kept(server: Told) -> None:
    server.says("createSession", 200, FRESH)
    server.says("listNotifications", 200, EMPTY)
    renewed = asking(server, access="", refresh="")
    assert renewed == {
        "handle": "brand.test", "app_password": "pass-word", "access": "access-2", "refresh": "refresh-2",
    }  # fmt: skip
    assert server.asked[0].body == {"identifier": US, "password": "pass-word"}


def test_a_stale_token_is_refreshed_once_and_the_request_made_again(server: Told) -> None:
    server.says("listNotifications", 400, STALE)
    server.says("listNotifications", 200, EMPTY)
    server.says("refreshSession", 200, FRESH)
    assert asking(server)["refresh"] == "refresh-2"
    assert [(asked.method.rpartition(".")[2], asked.token) for asked in server.asked[:3]] == [
        ("listNotifications", "access-1"), ("refreshSession", "refresh-1"), ("listNotifications", "access-2"),
    ]  # fmt: skip


def test_a_refused_refresh_falls_back_on_the_password(server: Told) -> None:
    server.says("listNotifications", 401, {"error": "AuthMissing"})
    server.says("listNotifications", 200, EMPTY)
    server.says("refreshSession", 400, STALE)
    server.says("createSession", 200, FRESH)
    assert asking(server)["access"] == "access-2"


def test_a_revoked_password_is_said(server: Told) -> None:
    server.says("listNotifications", 400, STALE)
    server.says("refreshSession", 400, STALE)
    server.says("createSession", 401, WRONG)
    with pytest.raises(Unauthorised, match="Invalid identifier or password"):
        asking(server)


def test_the_accounts_own_password_is_told_from_an_app_password(server: Told) -> None:
    server.says("createSession", 401, {"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"})
    with pytest.raises(Unauthorised, match="make an app password"):
        asking(server, access="", refresh="")


def test_a_server_in_trouble_costs_no_token(server: Told) -> None:
    server.says("listNotifications", 400, STALE)
    server.says("refreshSession", 503, b"<html>")
    with pytest.raises(Unreachable, match="503"):
        asking(server)
    assert "createSession" not in server.methods()


def test_too_many_sign_ins(server: Told) -> None:
    server.says("createSession", 429, {"error": "RateLimitExceeded"}, ratelimit_reset="1800000000")
    with pytest.raises(RateLimited) as raised:
        asking(server, access="", refresh="")
    assert raised.value.until == datetime.fromtimestamp(1_800_000_000, UTC)


def test_a_token_that_cannot_be_one(server: Told) -> None:
    server.says("createSession", 200, {"accessJwt": "a\r\nb", "refreshJwt": 5})
    with pytest.raises(Unreachable, match="no AT Protocol server"):
        asking(server, access="", refresh="")


@pytest.mark.parametrize("address", ["", "ftp://example.com", "http://", "https://[", "not a host"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(Unreachable), network.connect(Account("", "", address), timeout=1) as connection:
        connection.identify()


def test_a_web_site_is_no_server(server: Told) -> None:
    server.says("createSession", 404, b"<html>Not found</html>")
    with pytest.raises(Unreachable), network.connect(Account("", "a.test", server.url)) as connection:
        connection.identify()


def test_a_server_without_an_app_view_is_read_by_its_firehose(server: Told) -> None:
    server.says("getSession", 200, {"did": US, "handle": "brand.test"})
    server.says("listNotifications", 502, {"error": "UpstreamFailure", "message": "Upstream service unreachable"})
    server.says("listRepos", 200, {"repos": []})
    server.says("describeRepo", 200, {"handle": "brand.test"})
    server.says("getRecord", 200, {"value": {"displayName": "Brand", "avatar": {"ref": {"$link": "bafyimage"}}}})
    with server.connected("") as connection:
        identity = connection.identify()
    assert identity.settings == {"reads": "firehose", "chat": ""}
    assert (identity.author.key, identity.author.handle, identity.author.name) == (US, "brand.test", "Brand")
    assert identity.author.avatar == f"{server.url}/xrpc/com.atproto.sync.getBlob?did=did%3Aplc%3Aus&cid=bafyimage"


def test_a_server_that_has_an_app_view_now_is_read_by_it(server: Told) -> None:
    server.says("listNotifications", 200, EMPTY)
    server.says("listRecords", 200, {"records": []})
    with server.connected("firehose") as connection:
        assert "watch" in connection.poll('{"seq": 5, "at": ""}').cursor
