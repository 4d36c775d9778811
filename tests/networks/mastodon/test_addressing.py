"""Who is named is who is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kikite.networks.contract import Author, Part, Visibility
from kikite.networks.mastodon.addressing import addressed, overheard, unaddressed

DOMAIN = "social.example"


def part(text: str, handle: str, visibility: Visibility = Visibility.PUBLIC) -> Part:
    to = Author("1", handle) if handle else None
    return Part("0" * 32, text, datetime(2026, 11, 20, tzinfo=UTC), visibility, to=to)


@pytest.mark.parametrize(
    ("text", "handle", "stands"),
    [
        ("It is here.", "traveller@planes.example", "@traveller@planes.example It is here."),
        ("It is here.", "window_seat@social.example", "@window_seat It is here."),
        ("Hello @Traveller@Planes.example, it is here.", "traveller@planes.example", None),
        ("Hello @window_seat@social.example!", "window_seat@social.example", None),
        ("@traveller it is here.", "traveller@planes.example", "@traveller@planes.example @traveller it is here."),
        ("write to window_seat@social.example", "seat@social.example", "@seat write to window_seat@social.example"),
        ("see https://social.example/@seat", "seat@social.example", "@seat see https://social.example/@seat"),
        ("It is here.", "", None),
    ],
)
def test_addressed(text: str, handle: str, stands: str | None) -> None:
    one = part(text, handle)
    assert addressed(one, DOMAIN) == (stands or text)
    again = Part(one.key, addressed(one, DOMAIN), one.written_at, to=one.to)
    assert addressed(again, DOMAIN) == again.text


def test_unaddressed_takes_only_the_name_of_whom_it_is_for() -> None:
    assert unaddressed(part("@window_seat hello", "window_seat@social.example"), DOMAIN) == "hello"
    assert unaddressed(part("@other hello", "window_seat@social.example"), DOMAIN) == "@other hello"
    assert unaddressed(part("@window_seat hello", ""), DOMAIN) == "@window_seat hello"


def test_a_private_message_is_overheard_by_whom_it_names() -> None:
    private = part("@window_seat ask @pilot@planes.example or @kikite_air", "window_seat", Visibility.PRIVATE)
    assert overheard(private, "kikite_air@social.example", DOMAIN) == ["pilot@planes.example"]
    public = part("ask @pilot@planes.example", "window_seat")
    assert overheard(public, "kikite_air@social.example", DOMAIN) == []
