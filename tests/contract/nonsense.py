"""A network that answers HTML, nothing, half of its JSON, other types, 5xx: nothing crashes, is lost or goes twice."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from kikite.networks.contract import Absent, Later, NetworkTrouble, Page, Refused, Sent, Unknown, Unreadable

from .desk import Desk, find, found_or_known, part, words
from .stage import Cannot, Stage

HOW = ["html", "empty", "half", "types", "error_after", "error"]


@contextlib.contextmanager
def _garbled(stage: Stage, how: str, on: str) -> Iterator[None]:
    stage.garble(how, on)
    try:
        yield
    finally:
        stage.heal()


class Nonsense:
    @pytest.mark.parametrize("how", HOW)
    def test_a_write(self, stage: Stage, desk: Desk, customer: str, how: str) -> None:
        try:
            message = desk.message(stage.post(customer, words("Do you hear me?")))
        except Cannot:
            message = desk.message(stage.whisper(customer, words("Do you hear me?")))
        reply = part(words("Loud and clear"), message)
        with _garbled(stage, how, "write"):
            (outcome,) = desk.send(reply)
        standing = desk.standing(reply.text)
        assert len(standing) <= 1
        assert not isinstance(outcome, Refused)
        if isinstance(outcome, Sent):
            assert [outcome.key] == standing
        if isinstance(outcome, Later):
            assert standing == []
        if standing:
            assert getattr(found_or_known(stage, reply), "key", "") == standing[0]
        elif stage.network.capabilities.looks_up:
            assert isinstance(find(stage, reply), Absent)

    @pytest.mark.parametrize("how", HOW)
    def test_a_poll(self, stage: Stage, desk: Desk, customer: str, how: str) -> None:
        if "poll" not in stage.network.capabilities.reads_by:
            raise Cannot("this network is not polled")
        key = stage.post(customer, words("Said while the network spoke nonsense"))
        with _garbled(stage, how, "read"):
            page = _polled(stage, desk.cursor)
        if page is not None:
            desk.cursor = page.cursor
            for delivery in page.deliveries:
                with contextlib.suppress(Unreadable):
                    stage.network.translate(stage.account, delivery.kind, delivery.body)
        assert desk.message(key).author.key

    @pytest.mark.parametrize("how", HOW)
    def test_a_look_up(self, stage: Stage, desk: Desk, customer: str, how: str) -> None:
        if not stage.network.capabilities.looks_up:
            raise Cannot("what was sent here cannot be looked up")
        reply = part(words("It stands"), desk.message(stage.post(customer, words("Does it stand?"))))
        (sent,) = desk.send(reply)
        assert isinstance(sent, Sent)
        with _garbled(stage, how, "read"):
            assert isinstance(find(stage, reply), Later | Unknown), "a broken answer proves nothing"
        assert getattr(find(stage, reply), "key", "") == sent.key


def _polled(stage: Stage, cursor: str) -> Page | None:
    with stage.network.connect(stage.account) as connection:
        try:
            return connection.poll(cursor)
        except NetworkTrouble:
            return None
