"""Somebody's words as links: nothing gets out of its attribute, and names lead where the network has them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks import registry
from kikite.networks.contract import Account, Addresses
from kikite.networks.text.autolink import clickable

HERE = Account("1", "brand", "https://mastodon.example")


def hrefs(text: str, network: str) -> list[str]:
    shown = clickable(text, registry.network(network).addresses(HERE))
    return re.findall(r'href="([^"]*)"', shown)


@pytest.mark.parametrize(
    ("network", "text", "expected"),
    [
        ("x", "Ask @TsubameAir about #遅延", ["https://x.com/TsubameAir", "https://x.com/hashtag/%E9%81%85%E5%BB%B6"]),
        ("x", "mail mara@tsubame.example", []),
        ("x", "@TsubameAirの便", ["https://x.com/TsubameAir"]),
        ("mastodon", "@mara hi @leo@other.example", [
            "https://mastodon.example/@mara", "https://mastodon.example/@leo@other.example",
        ]),
        ("mastodon", "see #late", ["https://mastodon.example/tags/late"]),
        ("bluesky", "@mara.bsky.social and @mara", ["https://bsky.app/profile/mara.bsky.social"]),
        ("practice", "@mara #late", ["https://mastodon.example/@mara"]),
        ("practice", "https://a.example/@mara", []),
        ("practice", "https://a.co/@mara?x=#late", ["https://a.co/@mara?x=#late"]),
    ],
)  # fmt: skip
def test_where_names_and_tags_lead(network: str, text: str, expected: list[str]) -> None:
    assert hrefs(text, network) == expected


def test_where_nothing_is_known_only_links_are_links() -> None:
    assert clickable("@mara <b> #late https://a.co/?b&c", Addresses()) == (
        '@mara &lt;b&gt; #late <a href="https://a.co/?b&amp;c">https://a.co/?b&amp;c</a>'
    )


PIECES = st.sampled_from(
    ["@mara", "#late", "https://a.co/", '"', "'", "<script>", "&amp;", "javascript:alert(1)", " ", "@a@b.c", "://"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=20).map("".join), st.sampled_from(["x", "mastodon", "bluesky"]))
def test_the_words_stay_the_words_and_nothing_else_is_marked_up(text: str, network: str) -> None:
    shown = clickable(text, registry.network(network).addresses(HERE), target="_blank")
    assert unescape(re.sub(r'<a href="https?://[^"<>]*" target="_blank">|</a>', "", shown)) == text
