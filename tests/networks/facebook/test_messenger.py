"""Messenger: its windows, one private answer a comment, words with pictures, and nothing twice."""

from __future__ import annotations

import base64
from dataclasses import replace

from kikite.networks.contract import (
    Media,
    Message,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Signal,
    Unknown,
    Visibility,
)
from tests.contract.desk import Desk, find, key_of, part, picture, words
from tests.contract.facebook_stage import FacebookStage

DAY = 86_400.0
PICTURE = Media("image", f"data:image/png;base64,{base64.b64encode(picture()).decode()}", mime="image/png")


def reason(outcome: Outcome) -> Reason:
    assert isinstance(outcome, Refused)
    return outcome.reason


def privately(message: Message, text: str) -> Part:
    """The private answer to a public comment."""
    made = replace(part(text), visibility=Visibility.PRIVATE, to=message.author)
    return replace(made, about=message.key)


def files(stage: FacebookStage) -> int:
    return sum(len(one.get("files", ())) for one in stage.act("standing"))


def test_after_a_day_people_have_six_more(stage: FacebookStage, desk: Desk) -> None:
    answer = part(words("In time"), desk.message(stage.whisper("Ada", words("Hello?"))))
    late = replace(answer, late=True)
    assert isinstance(desk.send(answer)[0], Sent)
    stage.act("age", by="Ada", seconds=1.1 * DAY)
    assert reason(desk.send(answer)[0]) is Reason.CLOSED
    assert isinstance(desk.send(late)[0], Sent)
    stage.act("age", by="Ada", seconds=6 * DAY)
    assert reason(desk.send(late)[0]) is Reason.CLOSED


def test_who_blocked_the_page_is_closed(stage: FacebookStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("Bo", words("Never again")))
    stage.server.admin("block", by="Bo")
    assert reason(desk.send(part(words("Sorry"), message))[0]) is Reason.CLOSED


def test_a_comment_is_answered_privately_once(stage: FacebookStage, desk: Desk) -> None:
    message = desk.message(stage.post("Cy", words("My bag")))
    first = privately(message, words("May we ask for your locator?"))
    (sent,) = desk.send(first)
    assert isinstance(sent, Sent)
    assert desk.message(sent.key).thread == message.author.key
    assert reason(desk.send(privately(message, words("Once more")))[0]) is Reason.CLOSED
    # The desk did not hear of the first and sends it again: it stands, once.
    assert desk.send(first) == [Sent(sent.key, at=desk.message(sent.key).at)]
    assert desk.standing(first.text) == [sent.key]


def test_a_private_answer_whose_outcome_was_lost(stage: FacebookStage, desk: Desk) -> None:
    message = desk.message(stage.post("Di", words("My other bag")))
    answer = privately(message, words("Which flight?"))
    stage.lose_answer()
    assert isinstance(desk.send(answer, timeout=2.0)[0], Unknown)
    assert desk.standing(answer.text) == [key_of(find(stage, answer))]


def test_words_and_a_picture_are_two_messages(stage: FacebookStage, desk: Desk) -> None:
    answer = replace(
        part(words("It looks like this"), desk.message(stage.whisper("Ed", words("A tag?")))), media=(PICTURE,)
    )
    before = files(stage)
    (sent,) = desk.send(answer)
    assert isinstance(sent, Sent)
    assert desk.standing(answer.text) == [sent.key]
    assert files(stage) == before + 1


def test_a_picture_that_stands_is_not_sent_again(stage: FacebookStage, desk: Desk) -> None:
    answer = replace(part(words("Like so"), desk.message(stage.whisper("Flo", words("Which?")))), media=(PICTURE,))
    before = files(stage)
    stage.lose_answer()  # of the picture, which comes first
    assert isinstance(desk.send(answer, timeout=2.0)[0], Unknown)
    assert files(stage) == before + 1 and desk.standing(answer.text) == []
    assert not isinstance(find(stage, answer), Sent)
    assert isinstance(desk.send(answer)[0], Sent)
    assert files(stage) == before + 1 and len(desk.standing(answer.text)) == 1


def test_a_picture_alone_is_found_again(stage: FacebookStage, desk: Desk) -> None:
    answer = replace(part("", desk.message(stage.whisper("Gil", words("Show me")))), media=(PICTURE,))
    (sent,) = desk.send(answer)
    assert isinstance(sent, Sent)
    assert key_of(find(stage, answer)) == sent.key


def test_what_the_brand_writes_in_messenger_itself_is_ours(stage: FacebookStage, desk: Desk) -> None:
    desk.message(stage.whisper("Hal", words("Anybody?")))
    text = words("Written on a phone")
    message = desk.message(stage.act("say", to="Hal", text=text))
    assert message.author.key == stage.account.key and message.thread == stage.person("Hal")


def test_signs_are_shown(stage: FacebookStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("Ida", words("Still there?")))
    with stage.network.connect(stage.account) as connection:
        connection.signal(message.author, message.thread, Signal.READ)
        connection.signal(message.author, message.thread, Signal.TYPING)
    shown = stage.server.admin("seen", name="signals")
    assert [one[2] for one in shown if one[1] == message.author.key] == ["mark_seen", "typing_on"]


def test_a_clock_that_goes_after(stage: FacebookStage) -> None:
    """Nothing is missed and nothing taken for absent where the server's clock is ten minutes behind ours."""
    stage.server.admin("clock", forward=-600.0)
    try:
        desk = Desk(stage)
        desk.poll()
        answer = part(words("Said in time"), desk.message(stage.whisper("Jo", words("What time is it?"))))
        stage.lose_answer()
        assert isinstance(desk.send(answer, timeout=2.0)[0], Unknown)
        assert desk.standing(answer.text) == [key_of(find(stage, answer))]
    finally:
        stage.server.admin("clock", forward=600.0)
