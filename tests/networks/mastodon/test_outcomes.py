"""What each answer of a server to a write means."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Finding,
    Later,
    Media,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
    Visibility,
)
from kikite.networks.mastodon import network

from .canned import ME, Canned

NOW = datetime.now(UTC)
STATUS = {"id": "77", "url": "https://social.example/@kikite_air/77", "created_at": NOW.isoformat()}
POST = "POST /api/v1/statuses"
OWN = f"GET /api/v1/accounts/{ME}/statuses"
BEFORE = f"{OWN}?limit=40&exclude_reblogs=true&max_id=77"
SEAT = Author("5", "window_seat@social.example")


def part(text: str = "On its way. ^CP", **more: Any) -> Part:
    return Part(**{"key": "0f" * 16, "text": text, "written_at": NOW, "reply_to": "55", **more})


def send(account: Account, what: Part) -> Outcome:
    with network.connect(account, timeout=5) as connection:
        return connection.send(what)


def find(account: Account, what: Part) -> Finding:
    with network.connect(account, timeout=5) as connection:
        return connection.find(what)


@pytest.mark.parametrize(
    ("status", "sentence", "outcome"),
    [
        (401, "The access token was revoked", Later(Reason.UNAUTHORISED, detail="The access token was revoked")),
        (403, "This action is not allowed", Refused(Reason.FORBIDDEN, "This action is not allowed")),
        (404, "Record not found", Refused(Reason.GONE, "Record not found")),
        (410, "Gone", Refused(Reason.GONE, "Gone")),
        (
            422,
            "Validation failed: Text character limit of 500 exceeded",
            Refused(Reason.TOO_LONG, "Validation failed: Text character limit of 500 exceeded"),
        ),
        (
            422,
            "Validation failed: Text can't be blank",
            Refused(Reason.INVALID, "Validation failed: Text can't be blank"),
        ),
        (500, "Something went wrong", Unknown("500: Something went wrong")),
        (503, "Try later", Unknown("503: Try later")),
        (400, "Bad request", Refused(Reason.INVALID, "Bad request")),
    ],
)
def test_answers(server: Canned, status: int, sentence: str, outcome: Outcome) -> None:
    server.answer(POST, status, {"error": sentence})
    assert send(server.account(), part()) == outcome


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (lambda now: {"X_RateLimit_Reset": (now + timedelta(minutes=4)).isoformat()}, 240),
        (lambda now: {"X_RateLimit_Reset": str(int(now.timestamp()) + 90)}, 90),
        (lambda _now: {"Retry_After": "30"}, 30),
        (lambda _now: {"X_RateLimit_Reset": "soon", "Retry_After": "later"}, None),
        (lambda _now: {}, None),
    ],
)
def test_rate_limits(server: Canned, headers: Callable[[datetime], dict[str, str]], wait: int | None) -> None:
    now = datetime.now(UTC)
    server.answer(POST, 429, {"error": "Too many requests"}, **headers(now))
    outcome = send(server.account(), part())
    assert isinstance(outcome, Later) and outcome.reason is Reason.RATE_LIMITED
    if wait is None:
        assert outcome.until is None
    else:
        assert outcome.until and abs((outcome.until - now).total_seconds() - wait) < 20


def test_a_server_that_sends_us_on_got_nothing(server: Canned) -> None:
    server.answer(POST, 301, b"", Location="https://social.example/")
    outcome = send(server.account(), part())
    assert isinstance(outcome, Later) and "https://social.example/" in outcome.detail


@pytest.mark.parametrize("body", [b"<html>ok</html>", b"{}", b"[]", b'{"id":{}}', b""])
def test_an_unreadable_yes_is_unknown(server: Canned, body: bytes) -> None:
    server.answer(POST, 200, body)
    assert isinstance(send(server.account(), part()), Unknown)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    account = Account(ME, "kikite_air@social.example", f"http://127.0.0.1:{port}", {"access_token": "x"})
    outcome = send(account, part())
    assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE
    assert isinstance(find(account, part()), Later)


def test_what_is_sent(server: Canned) -> None:
    server.answer(POST, 200, STATUS, X_RateLimit_Limit="300", X_RateLimit_Remaining="299",
                  X_RateLimit_Reset="2026-11-20T18:30:00.000000Z")  # fmt: skip
    what = part(to=SEAT, visibility=Visibility.PRIVATE, lang="en")
    with network.connect(server.account(domain="social.example")) as connection:
        assert connection.send(what) == Sent("77", "https://social.example/@kikite_air/77", NOW)
        assert connection.budget is not None and connection.budget.remaining == 299
    ((_, headers, body),) = server.asked
    assert headers["Idempotency-Key"] == what.key
    assert headers["Authorization"] == "Bearer t0ken"
    assert json.loads(body) == {
        "status": "@window_seat On its way. ^CP",
        "visibility": "direct",
        "in_reply_to_id": "55",
        "language": "en",
    }


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (part(visibility=Visibility.PRIVATE), Reason.INVALID),
        (part("Ask @pilot@planes.example", visibility=Visibility.PRIVATE, to=SEAT), Reason.INVALID),
        (part("x" * 469), Reason.TOO_LONG),
        (part(media=(Media("image", "https://files.example/x.png"),)), Reason.INVALID),
        (part(media=(Media("image", "data:image/png;base64,???"),)), Reason.INVALID),
    ],
)
def test_what_is_never_sent(server: Canned, what: Part, reason: Reason) -> None:
    outcome = send(server.account(), what)
    assert isinstance(outcome, Refused) and outcome.reason is reason and outcome.detail
    assert server.asked == []


def test_a_name_at_the_head_is_not_counted_twice(server: Canned) -> None:
    server.answer(POST, 200, STATUS)
    text = "@window_seat " + "x" * 468
    assert isinstance(send(server.account(domain="social.example"), part(text, to=SEAT)), Sent)


def with_picture() -> Part:
    return part(media=(Media("image", f"data:image/png;base64,{base64.b64encode(b'PNG').decode()}", "A map"),))


def test_a_picture_goes_up_first(server: Canned) -> None:
    server.answer("POST /api/v2/media", 202, {"id": "9", "url": None})
    server.answer("GET /api/v1/media/9", 200, {"id": "9"})
    server.answer(POST, 200, STATUS)
    assert isinstance(send(server.account(), with_picture()), Sent)
    upload, _, post = server.asked
    assert b"A map" in upload[2] and b"PNG" in upload[2] and b"picture.png" in upload[2]
    assert json.loads(post[2])["media_ids"] == ["9"]


@pytest.mark.parametrize(("status", "kind"), [(422, Refused), (500, Later), (401, Later), (404, Later)])
def test_without_its_picture_nothing_is_posted(server: Canned, status: int, kind: type) -> None:
    server.answer("POST /api/v2/media", status, {"error": "no"})
    assert isinstance(send(server.account(), with_picture()), kind)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 404, 410])
def test_deleted_is_gone(server: Canned, status: int) -> None:
    server.answer("DELETE /api/v1/statuses/77", status, {})
    with network.connect(server.account()) as connection:
        assert connection.delete("77") == Sent("77")
        assert isinstance(connection.delete("../accounts"), Refused)


def own(**changes: Any) -> dict[str, Any]:
    content = (
        '<p><a class="mention" href="https://social.example/@window_seat">@<span>window_seat</span></a> On its way.'
    )
    return {**STATUS, "content": content, "visibility": "public", "in_reply_to_id": "55", **changes}


@pytest.mark.parametrize(
    ("standing", "there"),
    [
        (own(), True),
        (own(in_reply_to_id="56"), False),
        (own(in_reply_to_id=None), False),
        (own(visibility="direct"), False),
        (own(created_at=(NOW - timedelta(minutes=1)).isoformat()), False),
        (own(content="<p>@window_seat On its way!</p>"), False),
        (own(content="<p>@window_seat On <em>its</em> way.</p>"), True),
    ],
)
def test_looking_up(server: Canned, standing: dict[str, Any], there: bool) -> None:
    server.answer(OWN, 200, [standing])
    server.answer(BEFORE, 200, [])
    server.answer("GET /api/v1/statuses/77/source", 200, {"id": "77", "text": "@window_seat something else"})
    server.answer(POST, 200, STATUS)
    found = find(server.account(domain="social.example"), part("On its way.", to=SEAT))
    assert isinstance(found, Sent if there else Absent)


def test_looking_up_passes_over_what_is_known_to_be_another_part(server: Canned) -> None:
    server.answer(OWN, 200, [own()])
    server.answer(BEFORE, 200, [])
    with network.connect(server.account(domain="social.example")) as connection:
        assert isinstance(connection.find(part("On its way.", to=SEAT), taken={"77"}), Absent)
        assert isinstance(connection.find(part("On its way.", to=SEAT), taken={"78"}), Sent)


def test_looking_up_what_the_server_took_for_markup(server: Canned) -> None:
    server.answer(OWN, 200, [own(content="<p>@window_seat On <em>its</em> way.</p>")])
    server.answer("GET /api/v1/statuses/77/source", 200, {"id": "77", "text": "@window_seat On *its* way."})
    assert isinstance(find(server.account(domain="social.example"), part("On *its* way.", to=SEAT)), Sent)


def test_looking_up_by_the_servers_clock(server: Canned) -> None:
    """Its posts are dated two hours back, as its clock is."""
    behind = NOW - timedelta(hours=2)
    server.answer(OWN, 200, [own(created_at=behind.isoformat())], Date=behind.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert isinstance(find(server.account(domain="social.example"), part("On its way.", to=SEAT)), Sent)


def test_looking_through_more_than_can_be_looked_through(server: Canned) -> None:
    server.answer(OWN, 200, [own(in_reply_to_id=str(n)) for n in range(1000, 1040)])
    assert isinstance(find(server.account(), part()), Unknown)


@pytest.mark.parametrize("body", [b"<html>", b"[{}]", b"[1]", b'{"a":1}'])
def test_an_unreadable_list_leaves_it_unknown(server: Canned, body: bytes) -> None:
    server.answer(OWN, 200, body)
    assert isinstance(find(server.account(), part()), Unknown)
