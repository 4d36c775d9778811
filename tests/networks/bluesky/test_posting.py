"""What is sent, and what the server's answer means for it."""

from __future__ import annotations

import base64
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kikite.networks.bluesky import network
from kikite.networks.contract import (
    Absent,
    Account,
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

from .told import THEM, US, Told

THEIRS = f"at://{THEM}/app.bsky.feed.post/3k2a"
PART = Part("0" * 32, "On the next flight. ^CP", datetime(2026, 11, 22, 12, 0, 0, 123456, UTC), lang="en")
REPLY = replace(PART, reply_to=THEIRS, root=THEIRS)
GONE = {"error": "RecordNotFound", "message": "Could not locate record"}
TAKEN = {"error": "InternalServerError", "message": "Internal Server Error"}


def sending(server: Told, part: Part = PART, reads: str = "firehose") -> Outcome:
    with server.connected(reads) as connection:
        return connection.send(part)


def written(server: Told) -> Any:
    return next(asked.body for asked in server.asked if asked.method.endswith("createRecord"))


def standing(part: Part, **changes: str) -> dict[str, object]:
    return {"uri": "x", "cid": "y", "value": {"text": part.text, "createdAt": "2026-11-22T12:00:00.123Z"} | changes}


def test_a_post(server: Told) -> None:
    server.says("createRecord", 200, {"uri": "at://…", "cid": "c"})
    outcome = sending(server)
    body = written(server)
    assert body["record"] == {
        "$type": "app.bsky.feed.post", "text": PART.text, "createdAt": "2026-11-22T12:00:00.123Z", "langs": ["en"],
    }  # fmt: skip
    assert isinstance(outcome, Sent)
    assert outcome.key == f"at://{US}/app.bsky.feed.post/{body['rkey']}"
    assert outcome.url.startswith(f"{server.url}/xrpc/com.atproto.repo.getRecord?repo=did%3Aplc%3Aus&")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "InvalidRequest", "message": "Invalid record"}, Refused(Reason.INVALID, "Invalid record")),
        (
            400,
            {"message": "grapheme too big (maximum 300)"},
            Refused(Reason.TOO_LONG, "grapheme too big (maximum 300)"),
        ),
        (403, {"message": "No"}, Refused(Reason.FORBIDDEN, "No")),
        (400, {"error": "AccountDeactivated"}, Refused(Reason.FORBIDDEN, "AccountDeactivated")),
        (502, b"<html>", Unknown("the server answered 502")),
        (404, b"<html>", Later(Reason.UNAVAILABLE, detail="the server answered 404")),
        (301, b"", Later(Reason.UNAVAILABLE, detail="the server sends us on to nowhere")),
    ],
)
def test_what_an_answer_means(server: Told, status: int, body: object, expected: Outcome) -> None:
    server.says("createRecord", status, body)
    assert sending(server) == expected


def test_a_rate_limit(server: Told) -> None:
    server.says(
        "createRecord", 429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"},
        ratelimit_limit="1666", ratelimit_remaining="0", ratelimit_reset="1800000000",
    )  # fmt: skip
    until = datetime.fromtimestamp(1_800_000_000, UTC)
    with server.connected() as connection:
        assert connection.send(PART) == Later(Reason.RATE_LIMITED, until, "Rate Limit Exceeded")
        assert connection.budget is not None
        assert (connection.budget.limit, connection.budget.remaining) == (1666, 0)


def test_dead_credentials(server: Told) -> None:
    server.says("createRecord", 400, {"error": "ExpiredToken", "message": "Token has expired"})
    server.says("refreshSession", 400, {"error": "ExpiredToken"})
    server.says("createSession", 401, {"message": "Invalid identifier or password"})
    assert sending(server) == Later(Reason.UNAUTHORISED, detail="Invalid identifier or password")


def test_a_record_key_that_is_taken_by_the_same_words_is_sent(server: Told) -> None:
    server.says("createRecord", 500, TAKEN)
    server.says("getRecord", 200, standing(PART))
    assert isinstance(sending(server), Sent)


def test_a_record_key_that_is_taken_by_other_words_is_refused(server: Told) -> None:
    server.says("createRecord", 500, TAKEN)
    server.says("getRecord", 200, standing(PART, text="Something else"))
    outcome = sending(server)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.INVALID


def test_a_mishap_that_left_nothing_is_unknown(server: Told) -> None:
    server.says("createRecord", 500, TAKEN)
    server.says("getRecord", 400, GONE)
    assert sending(server) == Unknown("Internal Server Error")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [(200, standing(PART), Sent), (200, standing(PART, text="?"), Absent), (400, GONE, Absent), (502, b"", Later)],
)
def test_looking_up(server: Told, status: int, body: object, expected: type) -> None:
    server.says("getRecord", status, body)
    with server.connected() as connection:
        assert isinstance(connection.find(PART), expected)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    account = Account(US, "brand.test", f"http://127.0.0.1:{port}", {"access": "a"}, {"reads": "firehose"})
    with network.connect(account, timeout=2) as connection:
        outcome = connection.send(PART)
    assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE


def test_a_server_that_trickles_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def trickle() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                try:
                    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                        caller.sendall(bytes([byte]))
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        account = Account(US, "brand.test", url, {"access": "a"}, {"reads": "firehose"})
        started = time.monotonic()
        with network.connect(account, timeout=0.5) as connection:
            assert isinstance(connection.send(PART), Unknown)
        assert time.monotonic() - started < 2
        thread.join()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "x" * 301}, Reason.TOO_LONG),
        ({"text": "👩‍👩‍👧‍👦" * 150}, Reason.TOO_LONG),  # 150 graphemes, 3,750 bytes
        ({"text": " \n"}, Reason.INVALID),
        ({"visibility": Visibility.FOLLOWERS}, Reason.INVALID),
        ({"media": (Media("audio", "data:audio/mpeg;base64,AA==", mime="audio/mpeg"),)}, Reason.MEDIA),
        ({"media": (Media("image", "https://example.com/a.png", mime="image/png"),)}, Reason.INVALID),
        ({"media": (Media("image", "data:image/png;base64,", mime="image/png"),) * 5}, Reason.MEDIA),
        ({"reply_to": "at://rin.test/app.bsky.feed.post/1"}, Reason.INVALID),
    ],
)
def test_what_is_refused_before_it_leaves(server: Told, changes: dict[str, Any], reason: Reason) -> None:
    outcome = sending(server, replace(PART, **changes))
    assert isinstance(outcome, Refused) and outcome.reason is reason
    assert server.asked == []


def test_300_graphemes_are_taken(server: Told) -> None:
    server.says("createRecord", 200, {})
    assert isinstance(sending(server, replace(PART, text="荷" * 300)), Sent)
    assert isinstance(sending(server, replace(PART, text="e\u0301" * 300)), Sent)


def test_a_reply_names_its_parent_and_the_root_that_the_parent_names(server: Told) -> None:
    root = {"uri": f"at://{THEM}/app.bsky.feed.post/1", "cid": "cid-root"}
    value = {"text": "?", "reply": {"root": root, "parent": root}}
    server.says("getRecord", 200, {"uri": THEIRS, "cid": "cid-parent", "value": value})
    server.says("createRecord", 200, {})
    assert isinstance(sending(server, REPLY), Sent)
    assert written(server)["record"]["reply"] == {"parent": {"uri": THEIRS, "cid": "cid-parent"}, "root": root}


def test_a_parent_without_a_root_is_the_root(server: Told) -> None:
    server.says("getRecord", 200, {"uri": THEIRS, "cid": "cid-parent", "value": {"text": "?"}})
    server.says("createRecord", 200, {})
    sending(server, REPLY)
    parent = {"uri": THEIRS, "cid": "cid-parent"}
    assert written(server)["record"]["reply"] == {"parent": parent, "root": parent}


def post_view(author: dict[str, Any], **viewer: bool) -> dict[str, Any]:
    return {"posts": [{"uri": THEIRS, "author": {"did": THEM, "viewer": author}, "viewer": viewer}]}


@pytest.mark.parametrize(
    ("shown", "record", "reason"),
    [
        (post_view({"blockedBy": True}), 200, Reason.BLOCKED),
        (post_view({}, replyDisabled=True), 200, Reason.FORBIDDEN),
        ({"posts": []}, 200, Reason.BLOCKED),
        ({"posts": []}, 400, Reason.GONE),
    ],
)
def test_a_post_that_we_may_not_answer(server: Told, shown: object, record: int, reason: Reason) -> None:
    server.says("getPosts", 200, shown)
    server.says("getRecord", record, {"uri": THEIRS, "cid": "c", "value": {}} if record == 200 else GONE)
    outcome = sending(server, REPLY, "notifications")
    assert isinstance(outcome, Refused) and outcome.reason is reason
    assert "createRecord" not in server.methods()


def test_a_picture(server: Told) -> None:
    blob = {"$type": "blob", "ref": {"$link": "bafy"}, "mimeType": "image/png", "size": 3}
    server.says("uploadBlob", 200, {"blob": blob})
    server.says("createRecord", 200, {})
    url = "data:image/png;base64," + base64.b64encode(b"png").decode()
    sending(server, replace(PART, media=(Media("image", url, "The form", "image/png", 4, 3),)))
    assert server.asked[0].body == b"png"
    assert written(server)["record"]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": "The form", "aspectRatio": {"width": 4, "height": 3}}],
    }


def test_a_lost_picture_posts_nothing(server: Told) -> None:
    server.says("uploadBlob", 502, b"")
    url = "data:image/png;base64,AAAA"
    outcome = sending(server, replace(PART, media=(Media("image", url, mime="image/png"),)))
    assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE


def test_mentions_are_resolved_and_unknown_ones_stay_words(server: Told) -> None:
    server.says("resolveHandle", 200, {"did": THEM})
    server.says("resolveHandle", 400, {"error": "InvalidRequest", "message": "Unable to resolve handle"})
    server.says("createRecord", 200, {})
    sending(server, replace(PART, text="@rin.test and @nobody.test"))
    (facet,) = written(server)["record"]["facets"]
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": THEM}]


def test_only_our_own_posts_are_taken_back(server: Told) -> None:
    server.says("deleteRecord", 200, {})
    own = f"at://{US}/app.bsky.feed.post/3k2a"
    with server.connected() as connection:
        assert connection.delete(own) == Sent(own)
        assert isinstance(connection.delete(THEIRS), Refused)
        assert isinstance(connection.delete("rubbish"), Refused)
    assert server.methods() == ["deleteRecord"]


def test_a_card_of_the_last_link(server: Told) -> None:
    server.says("createRecord", 200, {})
    server.says(
        "/refunds", 200, b"<title>Refunds</title><meta name=description content='How'>", content_type="text/html"
    )
    link = f"{server.url}/refunds"
    assert isinstance(sending(server, replace(PART, text=f"Not https://example.com/a but {link}.")), Sent)
    external = {"uri": link, "title": "Refunds", "description": "How"}
    assert written(server)["record"]["embed"] == {"$type": "app.bsky.embed.external", "external": external}


@pytest.mark.parametrize("page", [(404, b""), (200, b"no title"), (500, b"<title>x</title>")])
def test_a_page_that_says_nothing_holds_no_post_back(server: Told, page: tuple[int, bytes]) -> None:
    server.says("createRecord", 200, {})
    server.says("/refunds", *page, content_type="text/html")
    assert isinstance(sending(server, replace(PART, text=f"See {server.url}/refunds")), Sent)
    assert "embed" not in written(server)["record"]


def test_pictures_go_before_a_card(server: Told) -> None:
    server.says("createRecord", 200, {})
    server.says("uploadBlob", 200, {"blob": {"ref": "x"}})
    medium = Media("image", "data:image/png;base64,AA==", "A form", "image/png", 40, 30)
    assert isinstance(sending(server, replace(PART, text=f"See {server.url}/refunds", media=(medium,))), Sent)
    image = {"image": {"ref": "x"}, "alt": "A form", "aspectRatio": {"width": 40, "height": 30}}
    assert written(server)["record"]["embed"] == {"$type": "app.bsky.embed.images", "images": [image]}
    assert "/refunds" not in server.methods()


def test_a_video_has_its_post_alone(server: Told) -> None:
    video = Media("video", "data:video/mp4;base64,AA==", "Hands", "video/mp4")
    server.says("createRecord", 200, {})
    server.says("uploadBlob", 200, {"blob": {"ref": "x"}})
    outcome = sending(server, replace(PART, media=(video, video)))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.MEDIA
    assert isinstance(sending(server, replace(PART, media=(video,))), Sent)
    assert written(server)["record"]["embed"] == {
        "$type": "app.bsky.embed.video",
        "video": {"ref": "x"},
        "alt": "Hands",
    }
