"""Writing over the API: posts, private messages, files, taking back, hiding and liking."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from kikite.networks.contract import (
    Absent,
    Author,
    Connection,
    Later,
    Media,
    Message,
    Moderation,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
    Urgency,
    Visibility,
)
from kikite.networks.x import network
from tests.contract.desk import picture, words

from .conftest import BRAND, Scene, part


def file(mime: str, content: bytes, alt: str = "") -> Media:
    return Media(mime.partition("/")[0], f"data:{mime};base64,{base64.b64encode(content).decode()}", alt, mime)


def whispered(scene: Scene, name: str, text: str, **more: Any) -> Part:
    return part(text, visibility=Visibility.PRIVATE, to=Author(scene.person(name), name), **more)


def sent(outcome: object) -> str:
    assert isinstance(outcome, Sent), outcome
    return outcome.key


def test_pictures_with_their_descriptions(scene: Scene, connection: Connection) -> None:
    text = words("Two belts")
    media = (file("image/png", picture(), "A belt"), file("image/png", picture(60, 40), "Another"))
    key = sent(connection.send(part(text, media=media)))
    (post,) = [one for one in scene.standing() if one["id"] == key]
    assert len(post["media"]) == 2
    assert [what for what, _ in scene.meter.charged if what == "media.describe"] == ["media.describe"] * 2
    (delivery,) = connection.refresh([key])
    (message,) = network.translate(scene.account, delivery.kind, delivery.body)
    assert isinstance(message, Message) and message.text == text
    assert [one.alt for one in message.media] == ["A belt", "Another"]


@pytest.mark.parametrize(("mime", "size"), [("video/mp4", 9 * 1024 * 1024), ("image/gif", 5 * 1024 * 1024)])
def test_large_files_go_up_in_pieces(scene: Scene, connection: Connection, mime: str, size: int) -> None:
    key = sent(connection.send(part(words("The belt moves"), media=(file(mime, b"\1" * size, "A belt that moves"),))))
    assert [one["media"] for one in scene.standing() if one["id"] == key] != [[]]


@pytest.mark.parametrize(
    "media",
    [
        (file("image/png", b"\0" * (5 * 1024 * 1024 + 1)),),
        (file("image/png", picture()), file("video/mp4", b"\1" * 100)),
        (file("application/pdf", b"%PDF"),),
        tuple(file("image/png", picture()) for _ in range(5)),
    ],
    ids=["too large", "mixed", "a kind that X does not take", "too many"],
)
def test_files_that_x_does_not_take(scene: Scene, connection: Connection, media: tuple[Media, ...]) -> None:
    text = words("Not with these")
    outcome = connection.send(part(text, media=media))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.MEDIA
    assert text not in [one["text"] for one in scene.standing()]


def test_a_lost_upload_is_no_doubt(scene: Scene) -> None:
    scene.server.admin("POST", "/faults", kind="hang_after", next=1, seconds=5)
    with scene.open(timeout=1.0) as connection:
        outcome = connection.send(part(words("With a picture"), media=(file("image/png", picture()),)))
    assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE


def test_a_private_message_with_a_picture(scene: Scene, connection: Connection) -> None:
    scene.whisper("hanako", "where?")
    reply = whispered(scene, "hanako", words("Here"), media=(file("image/png", picture()),))
    key = sent(connection.send(reply))
    found = connection.find(reply)
    assert isinstance(found, Sent) and found.key == key
    (said,) = [one for one in scene.standing() if one["id"] == key]
    assert len(said["media"]) == 1
    outcome = connection.send(replace(reply, media=reply.media * 2))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.MEDIA


def test_whoever_takes_no_messages(scene: Scene, connection: Connection) -> None:
    scene.person("shy", takes_dms=False)
    outcome = connection.send(whispered(scene, "shy", words("Hello?")))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.CLOSED


def test_summons(scene: Scene, connection: Connection) -> None:
    key = scene.post("angry", "no name named, but my bag is gone")
    reply = part(words("So sorry"), reply_to=key)
    outcome = connection.send(reply)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.UNSUMMONED
    quoting = scene.post("angry", "look", quotes=sent(connection.send(part(words("New belts")))))
    sent(connection.send(part(words("So sorry"), reply_to=quoting)))
    assert scene.meter.charged[-1][0] == "post.summoned"


def test_what_it_costs(scene: Scene, connection: Connection) -> None:
    sent(connection.send(part(words("Good morning"))))
    assert scene.meter.charged[-1][0] == "post.create"
    sent(connection.send(part(words("See https://tsubame-air.com/bags"))))
    assert scene.meter.charged[-1][0] == "post.link"
    posting = [(bucket, urgency) for bucket, urgency in scene.meter.asked if "/post" in bucket]
    assert {urgency for _, urgency in posting} == {Urgency.SENDING}
    assert any(bucket.startswith("app/") and bucket.endswith("/post/day") for bucket, _ in posting)


def test_a_meter_that_holds_back(scene: Scene) -> None:
    scene.meter.shut = {"post"}
    with scene.open() as connection:
        outcome = connection.send(part(words("Later")))
    assert isinstance(outcome, Later) and outcome.reason is Reason.RATE_LIMITED


def test_found_with_links_and_names_at_its_head(scene: Scene, connection: Connection) -> None:
    key = scene.post("hanako", f"@{BRAND} where?")
    reply = part(f"{words('It is here: & <there>')} https://tsubame.example/bags?a=1&b=2", reply_to=key)
    assert isinstance(connection.find(reply), Absent)
    stands = sent(connection.send(reply))
    found = connection.find(reply)
    assert isinstance(found, Sent) and found.key == stands
    assert isinstance(connection.find(replace(reply, reply_to="")), Absent), "the same words in another place"
    assert isinstance(connection.find(reply, {stands}), Absent)


def test_the_same_words_again_are_the_post_that_stands(scene: Scene, connection: Connection) -> None:
    """Nothing was heard of the first attempt, and the look-up was too early."""
    reply = part(words("Once"), reply_to=scene.post("hanako", f"@{BRAND} once?"))
    key = sent(connection.send(reply))
    assert sent(connection.send(reply)) == key
    older = part(reply.text, reply_to=scene.post("hanako", f"@{BRAND} and here?"))
    assert sent(connection.send(older)) != key


def test_taking_back(scene: Scene, connection: Connection) -> None:
    post = sent(connection.send(part(words("By mistake"))))
    scene.whisper("hanako", "hello")
    private = sent(connection.send(whispered(scene, "hanako", words("By mistake"))))
    for key in (post, private):
        assert isinstance(connection.delete(key), Sent)
        assert isinstance(connection.delete(key), Sent)
        assert key not in [one["id"] for one in scene.standing()]
    theirs = scene.post("hanako", f"@{BRAND} mine")
    outcome = connection.delete(theirs)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.FORBIDDEN
    assert isinstance(connection.delete("../1"), Refused)


def test_hiding_and_liking(scene: Scene, connection: Connection) -> None:
    ours = sent(connection.send(part(words("Good morning"))))
    key = scene.post("rude", f"@{BRAND} unspeakable", reply_to=ours)
    steps = [
        (Moderation.HIDE, True, False),
        (Moderation.LIKE, True, True),
        (Moderation.UNHIDE, False, True),
        (Moderation.UNLIKE, False, False),
    ]
    for act, hidden, liked in steps:
        for _ in range(2):
            assert isinstance(connection.moderate(key, act), Sent)
        marks = scene.server.admin("GET", f"/marks/{key}")
        assert (marks["hidden"], scene.account.key in marks["liked_by"]) == (hidden, liked)
    assert isinstance(connection.moderate(key, Moderation.DELETE), Refused)
    elsewhere = scene.post("rude", "of nobody")
    outcome = connection.moderate(elsewhere, Moderation.HIDE)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.FORBIDDEN


@pytest.mark.parametrize("kind", ["html", "empty", "half", "types", "error_after"])
def test_an_answer_that_cannot_be_read_is_unknown(scene: Scene, kind: str) -> None:
    reply = part(words("Taken"))
    scene.server.admin("POST", "/faults", kind=kind, on="write", next=1)
    with scene.open() as connection:
        assert isinstance(connection.send(reply), Unknown)
        assert isinstance(connection.find(reply), Sent)


def test_the_four_keys_write_as_well(scene: Scene) -> None:
    text = words("By four keys, ünïcode & all: 100% 日本")
    with scene.open(scene.keys) as connection:
        key = sent(connection.send(part(text, media=(file("image/png", picture(), "A belt"),))))
        assert isinstance(connection.delete(key), Sent)
