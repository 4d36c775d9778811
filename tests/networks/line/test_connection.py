"""Signing in, the month's messages, pushes and what becomes of them, on the strict server."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Budget,
    Forbidden,
    Later,
    Media,
    Outcome,
    Part,
    RateLimited,
    Reason,
    Refused,
    Sent,
    Signal,
    Unauthorised,
    Unknown,
    Unreachable,
    Urgency,
    Visibility,
)
from kikite.networks.line import network
from tests.contract.line_stage import LineStage
from tests.servers.line.state import BOT, CHANNEL_ID, CHANNEL_SECRET

QUICK = 2.0


class Told:
    """A meter that remembers what it was told, and holds back what it is told to."""

    def __init__(self) -> None:
        self.budgets: dict[str, Budget] = {}
        self.held: str = ""

    def ask(self, bucket: str, urgency: Urgency) -> None:
        if self.held and bucket.endswith(self.held):
            raise RateLimited(datetime.now(UTC) + timedelta(seconds=5))

    def told(self, bucket: str, budget: Budget) -> None:
        self.budgets[bucket] = budget

    def spent(self, what: str, keys: Collection[str]) -> None:
        raise AssertionError("LINE charges nothing by the piece")


def a_part(stage: LineStage, text: str = "We have it.", **more: Any) -> Part:
    user = stage.server.admin("person", name="mara")["user"]
    made = Part(uuid.uuid4().hex, text, datetime.now(UTC), visibility=Visibility.PRIVATE, to=Author(user, "mara"))
    return replace(made, **more)


def send(stage: LineStage, *parts: Part, meter: Told | None = None) -> list[Outcome]:
    with network.connect(stage.account, timeout=QUICK, meter=meter or Told()) as connection:
        return [connection.send(part) for part in parts]


def typed(stage: LineStage, **secrets: str) -> Account:
    return Account("", "", stage.server.url, secrets)


# --- signing in ---


def test_by_id_and_secret_a_token_is_had_that_ends_and_is_renewed(stage: LineStage) -> None:
    account = typed(stage, channel_id=CHANNEL_ID, channel_secret=CHANNEL_SECRET)
    with network.connect(account) as connection:
        identity = connection.identify()
    assert identity.author.key == BOT and (identity.author.handle, identity.author.name) == ("tsubame", "Tsubame Air")
    assert identity.secrets["access_token"] and identity.secrets["channel_secret"] == CHANNEL_SECRET
    assert identity.expires_at is not None
    assert abs(identity.expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)
    kept = Account(BOT, "tsubame", stage.server.url, identity.secrets, identity.settings)
    assert network.able(kept).renews == timedelta(days=7)
    stage.server.admin("set", lives=900)
    renewal = network.renew(kept)
    assert renewal.secrets["access_token"] not in ("", identity.secrets["access_token"])
    assert renewal.expires_at is not None and renewal.expires_at < datetime.now(UTC) + timedelta(seconds=901)
    for secrets in (identity.secrets, renewal.secrets):  # the one before goes on until its own end
        with network.connect(replace(kept, secrets=secrets)) as connection:
            assert connection.poll("x").cursor == "x"


def test_by_a_token_of_the_console_nothing_is_renewed(stage: LineStage) -> None:
    token = stage.server.admin("token")["token"]
    account = typed(stage, access_token=token, channel_secret=CHANNEL_SECRET)
    with network.connect(account) as connection:
        identity = connection.identify()
    assert identity.expires_at is None and identity.secrets == {}
    assert network.able(replace(account, settings=identity.settings)).renews is None


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        ({"channel_id": CHANNEL_ID, "channel_secret": "wrong"}, "invalid client_secret"),
        ({"channel_id": "7", "channel_secret": CHANNEL_SECRET}, "invalid client_id"),
        ({"access_token": "töken\r\nX-Evil: 1", "channel_secret": CHANNEL_SECRET}, "invalid token"),
        ({"access_token": "", "channel_secret": CHANNEL_SECRET}, "invalid token"),
    ],
)
def test_wrong_credentials_are_named(stage: LineStage, secrets: dict[str, str], says: str) -> None:
    with network.connect(typed(stage, **secrets)) as connection, pytest.raises(Unauthorised, match=says):
        connection.identify()


def test_the_month_s_messages_are_told_as_a_budget(stage: LineStage) -> None:
    (sent,) = send(stage, a_part(stage))
    assert isinstance(sent, Sent)
    meter = Told()
    with network.connect(stage.account, meter=meter) as connection:
        page = connection.poll("")
        identity = connection.identify()
    assert page.deliveries == () and (identity.settings["quota"], identity.settings["quota_used"]) == (500, 1)
    budget = meter.budgets[f"bot/{BOT}/messages of this month"]
    assert (budget.limit, budget.remaining) == (500, 499)
    ends = budget.resets_at.astimezone(UTC) + timedelta(hours=9)
    assert (ends.day, ends.hour, ends.minute) == (1, 0, 0) and timedelta(0) < budget.resets_at - datetime.now(UTC)


def test_a_plan_without_a_limit(stage: LineStage) -> None:
    stage.server.admin("set", quota=None)
    meter = Told()
    with network.connect(stage.account, meter=meter) as connection:
        connection.poll("")
        assert connection.identify().settings["quota"] is None
    assert meter.budgets == {}


# --- the webhook's address ---


def test_a_webhook_that_is_not_switched_on_is_said(stage: LineStage) -> None:
    stage.server.admin("set", active=False)
    with network.connect(stage.account) as connection, pytest.raises(Forbidden, match="Use webhook"):
        connection.subscribe(stage.receiver.address)
    stage.server.admin("set", active=True)
    with network.connect(stage.account) as connection:
        assert connection.subscribe(stage.receiver.address) == {"webhook": stage.receiver.address}
        with pytest.raises(Unreachable, match="endpoint"):
            connection.subscribe("http://desk.example/hooks/x")
        connection.subscribe(stage.receiver.address)


# --- people ---


def test_names_and_pictures_of_friends(stage: LineStage) -> None:
    friend = stage.server.admin("person", name="Mara")["user"]
    stranger = stage.server.admin("person", name="Stranger", friend=False)["user"]
    with network.connect(stage.account) as connection:
        (found,) = connection.profiles([stranger, friend, "U" + "0" * 32, "../../x", "short"])
    assert (found.key, found.name, found.handle) == (friend, "Mara", friend[:9])
    assert found.avatar == f"https://profile.line-scdn.net/{friend}"


def test_they_are_shown_that_we_write(stage: LineStage) -> None:
    user = stage.server.admin("person", name="mara")["user"]
    with network.connect(stage.account) as connection:
        connection.signal(Author(user, ""), "Ca56f94637cc4347f90a25382909b24b9", Signal.TYPING)
        assert "shown" not in stage.server.admin("person", name="mara")
        connection.signal(Author(user, ""), user, Signal.TYPING)
    assert "shown" in stage.server.admin("person", name="mara")


# --- pushes ---


def test_the_same_key_is_one_message_also_over_another_connection(stage: LineStage) -> None:
    part = a_part(stage)
    first, second = send(stage, part, part)
    (third,) = send(stage, part)
    assert isinstance(first, Sent) and first == second == third
    assert [one["text"] for one in stage.server.admin("standing")["pushed"]] == [part.text]


def test_in_a_group_everybody_reads_the_answer(stage: LineStage) -> None:
    group = "Ca56f94637cc4347f90a25382909b24b9"
    (sent,) = send(stage, a_part(stage, thread=group))
    assert isinstance(sent, Sent)
    assert stage.server.admin("standing")["pushed"][0]["to"] == group


def test_5000_units_of_utf_16_are_the_most(stage: LineStage) -> None:
    fits, long = a_part(stage, "𠮷" * 2500), a_part(stage, "𠮷" * 2500 + "x")
    sent, refused = send(stage, fits, long)
    assert isinstance(sent, Sent)
    assert isinstance(refused, Refused) and refused.reason is Reason.TOO_LONG


def test_what_line_has_not_is_refused_before_it_is_asked(stage: LineStage) -> None:
    picture = Media("image", "data:image/png;base64,AAAA")
    outcomes = send(
        stage,
        a_part(stage, visibility=Visibility.PUBLIC),
        a_part(stage, media=(picture,)),
        a_part(stage, to=None),
    )
    assert [getattr(one, "reason", None) for one in outcomes] == [Reason.INVALID, Reason.MEDIA, Reason.INVALID]
    with network.connect(stage.account) as connection:
        assert isinstance(connection.delete("1"), Refused)
    assert stage.server.admin("standing")["pushed"] == []


def test_somebody_who_is_not_there(stage: LineStage) -> None:
    """LINE's word on a retry key is its only look-up: a refused one was not taken before either."""
    part = a_part(stage, to=Author("U" + "0" * 32, ""))
    with network.connect(stage.account) as connection:
        assert isinstance(connection.find(part), Unknown)
        outcome = connection.send(part)
        assert isinstance(outcome, Refused) and outcome.reason is Reason.CLOSED and "'to'" in outcome.detail
        assert isinstance(connection.find(part), Absent)


def test_a_month_s_end_is_no_moment_to_wait_for(stage: LineStage) -> None:
    stage.server.admin("set", quota=0)
    (outcome,) = send(stage, a_part(stage))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.RATE_LIMITED
    assert "monthly limit" in outcome.detail


def test_a_limit_by_the_second_holds_back_everybody_for_a_second(stage: LineStage) -> None:
    stage.server.admin("fault", kind="limit")
    meter, part = Told(), a_part(stage)
    (outcome,) = send(stage, part, meter=meter)
    assert isinstance(outcome, Later) and outcome.reason is Reason.RATE_LIMITED
    assert meter.budgets[f"bot/{BOT}/push"].remaining == 0
    meter.held = "/push"
    (held,) = send(stage, part, meter=meter)
    assert isinstance(held, Later) and held.until is not None
    meter.held = ""
    (sent,) = send(stage, part, meter=meter)
    assert isinstance(sent, Sent)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, "<html>oops</html>", Unknown),
        (503, "", Unknown),
        (200, "<html>welcome</html>", Unknown),
        (200, '{"sentMessages":', Unknown),
        (200, '{"sentMessages":[{"id":{}}]}', Unknown),
        (200, '{"sentMessages":7}', Unknown),
        (403, '{"message":"Access to this API is not available for your account"}', Refused),
        (404, "<html>not here</html>", Later),
        (302, "", Later),
        (409, "", Unknown),
        (413, "", Refused),
    ],
)
def test_any_answer(stage: LineStage, status: int, body: str, expected: type) -> None:
    stage.server.admin("fault", kind="status", status=status, body=body)
    (outcome,) = send(stage, a_part(stage))
    assert type(outcome) is expected


@pytest.mark.parametrize("body", ["<html>", "", "[]", '{"userId":[]}', '{"userId":"' + "x" * 300 + '"}'])
def test_no_line_there(stage: LineStage, body: str) -> None:
    stage.server.admin("fault", kind="status", on="read", status=200, body=body)
    with network.connect(stage.account) as connection, pytest.raises(Unreachable, match="no answer of LINE"):
        connection.identify()


@pytest.mark.parametrize("how", ["html", "empty", "half", "types", "error_after"])
def test_a_broken_answer_to_a_push_is_a_doubt_that_the_key_ends(stage: LineStage, how: str) -> None:
    part = a_part(stage)
    stage.garble(how, "write")
    try:
        (doubt,) = send(stage, part)
    finally:
        stage.heal()
    (settled,) = send(stage, part)
    assert isinstance(doubt, Unknown) and isinstance(settled, Sent)
    assert len(stage.standing()) == 1


@pytest.mark.parametrize("how", ["html", "empty", "half", "types", "error"])
def test_a_broken_answer_while_reading_is_trouble_and_no_crash(stage: LineStage, how: str) -> None:
    stage.garble(how, "read")
    try:
        with network.connect(stage.account) as connection, pytest.raises(Unreachable):
            connection.identify()
    finally:
        stage.heal()


def test_a_token_of_ours_is_given_back_and_one_of_the_console_is_not(stage: LineStage) -> None:
    ours = replace(stage.account, secrets=network.renew(stage.account).secrets)
    theirs = typed(stage, access_token=stage.server.admin("token")["token"], channel_secret=CHANNEL_SECRET)
    for account in (ours, theirs):
        network.revoke(account)
    with network.connect(ours) as connection, pytest.raises(Unauthorised):
        connection.poll("")
    with network.connect(theirs) as connection:
        connection.poll("")
