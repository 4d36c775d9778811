"""Replies are signed as the brand chose: the plan shows it, and the network gets what the plan showed."""

from __future__ import annotations

import pytest

from kikite.accounts.models import Brand
from kikite.workflows import replying

from .desk import Desk

LONG = "We are very sorry that nobody was at the counter when you came. " * 6


def signing(desk: Desk, how: str) -> None:
    Brand.objects.filter(pk=desk.brand.pk).update(sign_offs=how)
    desk.agent.initials = "CP"
    desk.agent.save(update_fields=["initials"])


@pytest.mark.parametrize(
    ("how", "ends"),
    [
        ("never", ["came. 1/2", "came. 2/2"]),
        ("last", ["came. 1/2", "came. ^CP 2/2"]),
        ("each", ["came. ^CP 1/2", "came. ^CP 2/2"]),
    ],
)
def test_what_is_shown_is_signed_and_sent(desk: Desk, how: str, ends: list[str]) -> None:
    signing(desk, how)
    case = desk.post()
    shown = replying.plan(case, LONG, False, desk.agent).texts
    parts = desk.reply(case, LONG)
    desk.send()
    assert [text[text.rindex("came.") :] for text in shown] == ends
    assert shown == [part.text for part in parts] == [post.text for post in desk.standing()]
    assert parts[0].reply.text == LONG.strip()


def test_a_private_word_is_signed_too(desk: Desk) -> None:
    signing(desk, "last")
    (part,) = desk.reply(desk.whisper(), private=True)
    assert part.text == "We look for it. ^CP"
