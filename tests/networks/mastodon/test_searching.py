"""What everybody said, by hashtag and by words, as a server answers it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from kikite.networks.contract import Moderation, Page, Reason, Refused, Sent, Unreachable, Visibility
from kikite.networks.mastodon import network
from kikite.networks.mastodon.searching import fits
from tests.contract.desk import part

from .canned import Canned


def post(key: str, text: str = "My bag") -> dict[str, Any]:
    writer = {"id": "5", "acct": "mara", "url": "https://social.example/@mara"}
    return {
        "id": key, "created_at": "2026-11-20T18:25:43.511Z", "content": f"<p>{text}</p>", "visibility": "public",
        "account": writer,
    }  # fmt: skip


def search(server: Canned, query: str, cursor: str = "") -> Page:
    with network.connect(server.account(), timeout=5) as connection:
        return connection.search(query, cursor)


def test_a_hashtag_by_its_timeline(server: Canned) -> None:
    server.answer("GET /api/v1/timelines/tag/tsubame", 200, [post("12"), post("9")])
    page = search(server, "#tsubame")
    assert [one.key for one in page.deliveries] == ["status:9", "status:12"] and page.cursor == "12"
    assert server.asked[-1][0] == "GET /api/v1/timelines/tag/tsubame?limit=40"
    again = search(server, "#tsubame", page.cursor)
    assert again.deliveries == () and again.cursor == "12"
    assert "min_id=12" in server.asked[-1][0]


def test_words_by_the_server_s_search(server: Canned) -> None:
    found = {"accounts": [{"statuses": []}], "statuses": [post("100"), post("99")], "hashtags": []}
    server.answer("GET /api/v2/search", 200, found)
    page = search(server, "lost bag", "99")
    assert [one.key for one in page.deliveries] == ["status:100"] and page.cursor == "100"
    (message,) = network.translate(server.account(), page.deliveries[0].kind, page.deliveries[0].body)
    assert message.names == () and message.visibility is Visibility.PUBLIC  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"statuses":7}', b'{"statuses":[7]}', b'{"statuses":[{"id":{}}]}']
)
def test_an_answer_that_is_none(server: Canned, body: bytes) -> None:
    server.answer("GET /api/v2/search", 200, body)
    with pytest.raises(Unreachable):
        search(server, "bag")


@pytest.mark.parametrize(
    ("query", "heard"),
    [("bag", True), ("BAG narita", True), ("#tsubame", True), ("bag haneda", False), ("", False), ("   ", False)],
)
def test_what_fits_a_query(query: str, heard: bool) -> None:
    assert fits(post("1", "My bag is in Narita <a href='x'>#<span>Tsubame</span></a>"), [query]) is heard


def test_a_favourite_is_given_and_taken_back(server: Canned) -> None:
    server.answer("POST /api/v1/statuses/9/favourite", 200, post("9"))
    with network.connect(server.account(), timeout=5) as connection:
        assert connection.moderate("9", Moderation.LIKE) == Sent("9")
        gone = connection.moderate("10", Moderation.UNLIKE)
        assert isinstance(gone, Refused) and gone.reason is Reason.GONE
        assert isinstance(connection.moderate("9", Moderation.HIDE), Refused)
        assert isinstance(connection.moderate("../x", Moderation.LIKE), Refused)


def test_a_post_under_another_warning_is_another_post(server: Canned) -> None:
    """The look-up tells by the words, the place, and the warning that they stand under."""
    sent = part("All flights", warning="Delays")
    at = sent.written_at.isoformat()
    own = post("77", "All flights") | {"created_at": at, "spoiler_text": "Delays", "in_reply_to_id": None}
    server.answer("GET /api/v1/accounts/109000000000000001/statuses", 200, json.dumps([own]).encode())
    with network.connect(server.account(), timeout=5) as connection:
        assert isinstance(connection.find(sent), Sent)
        assert not isinstance(connection.find(replace(sent, warning="Other")), Sent)
