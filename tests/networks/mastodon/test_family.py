"""What a server of the family is found to have: by what it says of itself and by what it answers when it is tried.

`instances/` holds each server's own documents, and whether it has server-sent events, several posts at once, a search.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kikite.networks.contract import Account, Capabilities, Limits, Media, Part, Reason, Refused
from kikite.networks.mastodon import network
from tests.contract.desk import part, picture

from .canned import ME, Canned

INSTANCES = Path(__file__).parent / "instances"
PERSON = {"id": ME, "username": "kikite_air", "acct": "kikite_air", "display_name": "Kikite Air"}


def found(server: Canned, name: str) -> Account:
    """The account of a channel on a server that answers as this one does."""
    told: dict[str, Any] = json.loads((INSTANCES / f"{name}.json").read_text().replace("STREAMING", server.url))
    for version in ("v1", "v2"):
        if version in told:
            server.answer(f"GET /api/{version}/instance", 200, told[version])
    server.answer("GET /.well-known/nodeinfo", 200, {"links": [{"href": "https://elsewhere.example/nodeinfo/2.0"}]})
    server.answer("GET /nodeinfo/2.0", 200, told["nodeinfo"])
    server.answer("GET /api/v1/streaming/health", told["health"], b"OK")
    server.answer("GET /api/v1/statuses", 200 if told["several"] else 404, [])
    server.answer(
        "GET /api/v2/search", 200 if told["search"] else 404, {"accounts": [], "statuses": [], "hashtags": []}
    )
    server.answer("GET /api/v1/accounts/verify_credentials", 200, PERSON)
    with network.connect(server.account(), timeout=5) as connection:
        return replace(server.account(), settings=connection.identify().settings)


def what(server: Canned, name: str) -> tuple[Account, Capabilities, Limits]:
    account = found(server, name)
    return account, network.able(account), network.limits(account)


def test_mastodon(server: Canned) -> None:
    account, able, limits = what(server, "mastodon")
    assert able.reads_by == frozenset({"stream", "poll"}) and able.searches == frozenset({"search", "stream"})
    assert (able.refreshes, able.idempotent, able.idempotent_for) == (20, True, 3600)
    assert (limits.length, limits.link_weight, limits.media) == (468, 23, 4)
    sizes = {one.kind: (one.bytes, one.alt) for one in limits.accepts}
    assert sizes == {"image": (16777216, 1500), "video": (103809024, 1500), "audio": (103809024, 1500)}
    assert account.settings["software"] == "mastodon"


def test_gotosocial_streams_by_websockets_alone_and_keeps_no_keys(server: Canned) -> None:
    account, able, limits = what(server, "gotosocial")
    assert able.reads_by == frozenset({"poll"}) and able.searches == frozenset({"search"})
    assert (able.refreshes, able.idempotent, able.idempotent_for) == (1, False, None)
    assert (limits.length, limits.link_weight, limits.media) == (4968, 25, 6)
    assert "image/avif" in next(one for one in limits.accepts if one.kind == "image").types
    assert account.settings["software"] == "gotosocial"


def test_akkoma_tells_its_limits_outside_of_the_configuration(server: Canned) -> None:
    account, able, limits = what(server, "akkoma")
    assert able.reads_by == frozenset({"poll"}) and (able.refreshes, able.idempotent) == (20, True)
    assert (limits.length, limits.media) == (4968, 4)
    assert [(one.kind, one.bytes, one.alt) for one in limits.accepts] == [("image", 16_000_000, 5000)]
    assert account.settings["domain"] == "akkoma.example"


def test_takahe_takes_pictures_alone(server: Canned) -> None:
    _, able, limits = what(server, "takahe")
    assert able.reads_by == frozenset({"poll"}) and able.searches == frozenset({"search"})
    assert able.refreshes == 1
    assert not able.idempotent and [one.kind for one in limits.accepts] == ["image"]


def test_snac_borrows_a_version_and_is_not_taken_for_mastodon(server: Canned) -> None:
    _, able, limits = what(server, "snac")
    assert able.reads_by == frozenset({"poll"}) and able.searches == frozenset()
    assert able.refreshes == 1
    assert not able.idempotent
    assert (limits.length, limits.link_weight, limits.media) == (99968, 32, 8)
    assert [one.bytes for one in limits.accepts] == [8 * 1024 * 1024]


def test_a_name_alone_or_a_version_alone_is_no_witness(server: Canned) -> None:
    account = found(server, "mastodon")
    told = json.loads((INSTANCES / "mastodon.json").read_text())["v2"]
    server.answer("GET /api/v2/instance", 200, told | {"version": "4.5.2 (compatible; Other 1.0)"})
    with network.connect(account) as connection:
        assert connection.identify().settings["idempotent"] is False
    server.answer("GET /api/v2/instance", 200, told)
    server.answer("GET /nodeinfo/2.0", 200, {"software": {"name": "other"}})
    with network.connect(account) as connection:
        assert connection.identify().settings["idempotent"] is False


def test_a_streaming_server_that_is_away_comes_back(server: Canned) -> None:
    account = found(server, "mastodon")
    server.answer("GET /api/v1/streaming/health", 503, b"")
    with network.connect(account) as connection:
        assert connection.identify().settings["streaming"]


def test_what_was_never_looked_for_is_not_relied_upon(server: Canned) -> None:
    able = network.able(server.account())
    assert able.reads_by == frozenset({"poll"}) and not able.idempotent and not able.searches


@pytest.mark.parametrize(
    ("mime", "bytes_", "alt", "says"),
    [
        ("image/png", picture(), "x" * 1501, "1500 characters"),
        ("image/tiff", picture(), "", "image/tiff"),
        ("image/png", b"\x89PNG" + b"\0" * 16777216, "", "16 MB"),
    ],
)
def test_a_file_that_this_server_would_not_take(server: Canned, mime: str, bytes_: bytes, alt: str, says: str) -> None:
    account = found(server, "mastodon")
    url = f"data:{mime};base64,{base64.b64encode(bytes_).decode()}"
    outcome = _send(account, part("Look", media=(Media("image", url, alt),)))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.MEDIA and says in outcome.detail


def test_more_files_than_the_server_takes(server: Canned) -> None:
    account = found(server, "mastodon")
    medium = Media("image", f"data:image/png;base64,{base64.b64encode(picture()).decode()}")
    outcome = _send(account, part("Look", media=(medium,) * 5))
    assert isinstance(outcome, Refused) and "at most 4" in outcome.detail


def test_a_warning_counts_and_is_sent(server: Canned) -> None:
    account = found(server, "mastodon")
    server.answer("POST /api/v1/statuses", 200, {"id": "77", "created_at": "2026-11-20T19:01:02.345Z"})
    refused = _send(account, part("x" * 460, warning="Delays again"))
    assert isinstance(refused, Refused) and refused.reason is Reason.TOO_LONG
    _send(account, part("All flights", warning="Delays"))
    body = json.loads(server.asked[-1][2])
    assert (body["spoiler_text"], body["sensitive"], body["status"]) == ("Delays", True, "All flights")


def _send(account: Account, what: Part) -> object:
    with network.connect(account, timeout=5) as connection:
        return connection.send(what)
