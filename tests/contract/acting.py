"""What can be done besides answering: hide, like; and answers that the API does not take."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from kikite.networks.contract import Message, Moderation, Reason, Refused, Sent, Visibility

from .desk import PATIENCE, Desk, needs_private, needs_public, part, words
from .stage import Cannot, Stage

UNDONE = {Moderation.UNHIDE: Moderation.HIDE, Moderation.UNLIKE: Moderation.LIKE}


class Acting:
    """An act is done once however often it is asked for; what cannot be done is said before it is tried."""

    @pytest.mark.parametrize("act", list(Moderation))
    def test_moderation(self, stage: Stage, desk: Desk, customer: str, act: Moderation) -> None:
        needs_public(stage)
        key = _comment(stage, desk, customer)
        with stage.network.connect(stage.account) as connection:
            if act not in stage.network.able(stage.account).moderates:
                assert isinstance(connection.moderate(key, act), Refused)
                raise Cannot(f"one cannot {act} here")
            if act in UNDONE:
                assert isinstance(connection.moderate(key, UNDONE[act]), Sent)
                assert UNDONE[act] in stage.marks(key)
            assert isinstance(connection.moderate(key, act), Sent)
            assert isinstance(connection.moderate(key, act), Sent)
        if act is Moderation.DELETE:
            desk.until(lambda: key in desk.state.gone, "the deletion")
        else:
            assert (act in stage.marks(key)) is (act not in UNDONE)

    def test_handing_over(self, stage: Stage, desk: Desk, customer: str) -> None:
        text = words("Sorry & thank you: 100% yours? 申し訳ございません")
        try:
            reply = part(text, desk.message(stage.post(customer, words("Nobody answers me"))))
        except Cannot:
            reply = part(text, desk.message(stage.whisper(customer, words("Nobody answers me"))))
        link = stage.network.hand_over(stage.account, reply)
        if not stage.network.able(stage.account).hand_over:
            assert link == ""
            raise Cannot("there is no address by which a person could answer in this network's own app")
        parts = urlsplit(link)
        told = {value for values in parse_qs(parts.query).values() for value in values}
        assert parts.scheme == "https" and parts.hostname
        assert text in told
        assert reply.reply_to in told or reply.reply_to in link

    def test_handing_over_in_private(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        if not stage.network.able(stage.account).hand_over:
            raise Cannot("there is no address by which a person could answer in this network's own app")
        reply = part(words("Seat 14A"), desk.message(stage.whisper(customer, words("A seat?"))))
        assert urlsplit(stage.network.hand_over(stage.account, reply)).scheme in ("https", "")

    def test_who_did_not_name_us_is_not_answered_by_the_api(self, stage: Stage, desk: Desk, customer: str) -> None:
        if not stage.network.able(stage.account).summons:
            raise Cannot("the API takes answers to everybody here")
        named = desk.message(stage.post(customer, words("You lost my bag")))
        assert stage.account.key in named.names
        key = stage.post(customer, words("Tsubame lost my bag"), mention=False)
        message = _looked_up(stage, key)
        assert stage.account.key not in message.names
        reply = part(words("Where was it?"), message)
        (outcome,) = desk.send(reply)
        assert isinstance(outcome, Refused) and outcome.reason is Reason.UNSUMMONED
        assert desk.standing(reply.text) == []

    def test_after_the_window(self, stage: Stage, desk: Desk, customer: str) -> None:
        needs_private(stage)
        if stage.network.able(stage.account).window is None:
            raise Cannot("private messages have no window here")
        reply = part(words("Are you still there?"), desk.message(stage.whisper(customer, words("Hello?"))))
        stage.pass_window(customer)
        (outcome,) = desk.send(reply)
        assert isinstance(outcome, Refused) and outcome.reason is Reason.CLOSED
        assert desk.standing(reply.text) == []


def _comment(stage: Stage, desk: Desk, customer: str) -> str:
    """A customer's word below one of ours, which is what can be hidden."""
    if not stage.network.capabilities.posts:
        key = stage.post(customer, words("Rubbish airline"))
    else:
        (ours,) = desk.send(part(words("Good morning from Narita")))
        assert isinstance(ours, Sent)
        key = stage.post(customer, words("Rubbish airline"), reply_to=ours.key)
    assert desk.message(key).visibility is not Visibility.PRIVATE
    return key


def _looked_up(stage: Stage, key: str) -> Message:
    """A post that came to nobody's notice, asked for by its key."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with stage.network.connect(stage.account) as connection:
            for delivery in connection.refresh([key]):
                for found in stage.network.translate(stage.account, delivery.kind, delivery.body):
                    if isinstance(found, Message):
                        return found
        time.sleep(0.2)
    raise AssertionError("the post cannot be looked up")
