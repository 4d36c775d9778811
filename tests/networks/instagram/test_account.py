"""Instagram's own rules: mentions, bytes, stories, tokens of sixty days, and what its lists no longer show."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kikite.networks.contract import (
    Absent,
    Later,
    Media,
    Message,
    Moderation,
    NetworkTrouble,
    Reason,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
)
from tests.contract.desk import PATIENCE, Desk, State, find, part, words
from tests.contract.instagram_stage import InstagramStage
from tests.contract.meta_stage import BRAND

DAY = 86_400.0


def mentioned(stage: InstagramStage, text: str) -> tuple[str, Message]:
    """Somebody names the brand in a comment at their own place; (their post's key, the comment as it is looked up)."""
    ground = stage.act("post", by="Mara", text="On my way home", own=True)
    key = stage.act("post", by="Nell", text=f"@{BRAND} {text}", on=ground)
    with stage.network.connect(stage.account) as connection:
        state = State()
        state.read(stage, connection.refresh([key]))
    return ground, state.messages[key]


def test_a_mention_is_looked_up_and_answered(stage: InstagramStage, desk: Desk) -> None:
    ground, message = mentioned(stage, words("lost my bag"))
    assert (message.kind, message.root, message.names) == ("mention", ground, (stage.account.key,))
    answer = part(words("So sorry. Which flight?"), message)
    assert not isinstance(find(stage, answer), Sent)
    (sent,) = desk.send(answer)
    assert isinstance(sent, Sent)
    (standing,) = [one for one in stage.standing() if one.key == sent.key]
    assert standing.reply_to == message.key


def test_a_doubt_about_an_answer_to_a_mention_stays_one(stage: InstagramStage, desk: Desk) -> None:
    _, message = mentioned(stage, words("where are you"))
    assert isinstance(find(stage, part(words("Here"), message)), Unknown)
    stage.erase("Nell", message.key)
    assert isinstance(find(stage, part(words("Here"), message)), Absent)


def test_messages_are_counted_in_bytes(stage: InstagramStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("Ada", words("長い話です")))
    fits, not_any_more = part("あ" * 333, message), part("あ" * 334, message)
    assert isinstance(desk.send(fits)[0], Sent)
    (outcome,) = desk.send(not_any_more)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.TOO_LONG


def test_files_and_posts_are_refused_before_anything_is_asked(stage: InstagramStage, desk: Desk) -> None:
    message = desk.message(stage.whisper("Bo", words("Show me")))
    medium = Media("image", "data:image/png;base64,", mime="image/png")
    (outcome,) = desk.send(replace(part("", message), media=(medium,)))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.MEDIA
    (outcome,) = desk.send(part(words("A post of our own")))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.INVALID


def test_after_a_day_people_have_six_more(stage: InstagramStage, desk: Desk) -> None:
    answer = part(words("In time"), desk.message(stage.whisper("Cy", words("Hello?"))))
    stage.act("age", by="Cy", seconds=1.1 * DAY)
    (outcome,) = desk.send(answer)
    assert isinstance(outcome, Refused) and outcome.reason is Reason.CLOSED
    assert isinstance(desk.send(replace(answer, late=True))[0], Sent)


def test_a_story_says_what_it_is(stage: InstagramStage, desk: Desk) -> None:
    stage.hook()
    story = {"story": {"url": "https://lookaside.fbsbx.com/1", "id": "17999"}}
    reply = stage.act("whisper", by="Di", text=words("Where is that?"), reply_to=story)
    mention = {"type": "story_mention", "payload": {"url": "https://lookaside.fbsbx.com/2"}}
    named = stage.act("whisper", by="Di", text="", attachments=[mention])
    # Lists show no story here, so the kinds come from the webhook alone.
    end = time.monotonic() + PATIENCE
    heard: dict[str, str] = {}
    while not {reply, named} <= set(heard) and time.monotonic() < end:
        for headers, body in stage.calls():
            for one in stage.network.receive(stage.account, headers, body):
                told = stage.network.translate(stage.account, one.kind, one.body)
                heard |= {item.key: item.kind for item in told if isinstance(item, Message)}
        time.sleep(0.05)
    assert (heard[reply], heard[named]) == ("story reply", "story mention")


def test_more_messages_than_are_listed_are_a_gap(stage: InstagramStage, desk: Desk) -> None:
    stage.whisper("Ed", words("Listed no more"))
    stage.server.admin("clock", forward=30.0)
    for _ in range(20):
        stage.whisper("Ed", words("And another thing"))
    with stage.network.connect(stage.account) as connection:
        page = connection.poll(desk.cursor)
    assert page.gap is not None and page.gap.until - page.gap.since > timedelta(seconds=20)
    assert len(page.deliveries) == 20


def test_comments_are_hidden_and_shown(stage: InstagramStage, desk: Desk) -> None:
    key = stage.post("Flo", words("Rude"))
    with stage.network.connect(stage.account) as connection:
        assert connection.moderate(key, Moderation.HIDE) == Sent(key)
        assert stage.marks(key) == {Moderation.HIDE}
        assert connection.moderate(key, Moderation.UNHIDE) == Sent(key)
        assert stage.marks(key) == set()
        assert isinstance(connection.moderate(key, Moderation.LIKE), Refused)


def test_a_token_is_renewed_when_it_is_a_day_old_and_not_when_it_is_over(stage: InstagramStage, desk: Desk) -> None:
    stage.account = stage.holding(stage.act("token", lives=60 * DAY))
    with pytest.raises(NetworkTrouble):
        stage.network.renew(stage.account)
    stage.server.admin("clock", forward=1.1 * DAY)
    renewal = stage.network.renew(stage.account)
    assert renewal.expires_at is not None
    assert timedelta(days=59) < renewal.expires_at - datetime.now(UTC) < timedelta(days=61)
    stage.account = replace(stage.account, secrets=renewal.secrets)
    assert isinstance(desk.send(part(words("Still here"), desk.message(stage.post("Gil", words("Hello?")))))[0], Sent)
    stage.server.admin("clock", forward=61 * DAY)
    with pytest.raises(Unauthorised):
        stage.network.renew(stage.account)
    message = Message("1", desk.state.messages[stage.ground].author, "", datetime.now(UTC), root="1")
    (outcome,) = desk.send(part(words("Too late"), message))
    assert isinstance(outcome, Later) and outcome.reason is Reason.UNAUTHORISED


def test_missing_permissions_are_found_out(stage: InstagramStage) -> None:
    for name in ("instagram_business_manage_comments", "instagram_business_manage_messages"):
        with stage.network.connect(stage.lessened(name)) as connection:
            assert connection.identify().missing == (name,)


def test_our_own_pictures_do_not_arrive_as_customers(stage: InstagramStage, desk: Desk) -> None:
    message = desk.state.messages[stage.ground]
    assert message.author.key == stage.account.key and message.kind == "post"
