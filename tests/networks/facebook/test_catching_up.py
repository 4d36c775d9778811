"""After an outage: everything there is arrives, what cannot be had is a gap, and no permission lost is a deletion."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from kikite.networks.contract import Forbidden, Page
from tests.contract.desk import Desk, State, words
from tests.contract.facebook_stage import FacebookStage


def pages(stage: FacebookStage, cursor: str) -> list[Page]:
    found = []
    with stage.network.connect(stage.account) as connection:
        more = True
        while more:
            page = connection.poll(cursor)
            cursor, more = page.cursor, page.more
            found.append(page)
    return found


def told(stage: FacebookStage, found: list[Page]) -> State:
    state = State()
    for page in found:
        state.read(stage, page.deliveries)
    return state


def test_more_conversations_than_one_poll_holds(stage: FacebookStage, desk: Desk) -> None:
    keys = {stage.whisper(f"Crowd {number}", words("Where is my bag?")) for number in range(130)}
    found = pages(stage, desk.cursor)
    assert len(found) > 1
    assert keys <= set(told(stage, found).messages)
    assert all(page.gap is None for page in found)


def test_more_comments_than_the_post_shows_at_once(stage: FacebookStage, desk: Desk) -> None:
    ground = stage.act("ground", text="Delays today")
    keys = {stage.post("Mara", words("Mine too"), reply_to=ground) for _ in range(70)}
    found = pages(stage, desk.cursor)
    assert keys <= set(told(stage, found).messages)
    assert all(page.gap is None for page in found)


def test_what_the_network_lists_no_more_is_a_gap(stage: FacebookStage, desk: Desk) -> None:
    stage.post("Mara", words("Listed no more"))
    stage.server.admin("clock", forward=30.0)
    for _ in range(101):
        stage.post("Mara", words("Again"))
    (gap,) = [page.gap for page in pages(stage, desk.cursor) if page.gap]
    assert timedelta(seconds=20) < gap.until - gap.since < timedelta(seconds=60)


def test_a_permission_that_was_lost_deletes_nothing(stage: FacebookStage, desk: Desk) -> None:
    key = stage.post("Nora", words("This stays"))
    desk.message(key)
    before, stage.account = stage.account, stage.lessened("pages_read_engagement")
    try:
        with pytest.raises(Forbidden):
            desk.poll()
    finally:
        stage.account = before
    desk.poll()
    assert key not in desk.state.gone


def test_a_mention_elsewhere_is_not_gone_because_nobody_can_read_it(stage: FacebookStage) -> None:
    with stage.network.connect(stage.account) as connection:
        assert connection.refresh(["990001_990002", "990003"]) == ()


def test_what_was_not_changed_arrives_once(stage: FacebookStage, desk: Desk) -> None:
    key = stage.post("Olga", words("Said once"))
    desk.message(key)
    with stage.network.connect(stage.account) as connection:
        (same,) = connection.refresh([key])
    assert same.key in desk.deliveries
    time.sleep(1.1)  # the network tells times in whole seconds, and an edit by its time alone
    stage.edit("Olga", key, words("Said otherwise"))
    with stage.network.connect(stage.account) as connection:
        (other,) = connection.refresh([key])
    assert other.key not in desk.deliveries
    state = replace(desk.state)
    state.read(stage, [other])
    assert "otherwise" in state.messages[key].text and state.messages[key].edited_at is not None
