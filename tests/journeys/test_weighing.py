"""The browser weighs a draft as the server does: one set of texts, measured on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kikite.networks.contract import Counting, Limits
from kikite.networks.counting import weight

if TYPE_CHECKING:
    from .conftest import Enter

TEXTS = (
    "", "hello", "こんにちは。", "cafe\u0301", "ｶﾅ",
    "👩‍👩‍👧‍👦 and 👍🏽 and 🇯🇵 and ❤️ and ⚡️ and 1️⃣", "😀 ©️ © ™",
    "see https://example.com/a/very/long/path/that/goes/on/and/on?x=1#y", "see example.com now",
    "no.thanks D.C. e.g. this",
    "いまなにしてるhttp://example.comいまなにしてる", "例example.comの", "twitter.com/abcde、co.jp",
    "@user.com #tag.com a@b.com",
    "https://t.co/pbY2NfTZ's", "HTTPS://WWW.EXAMPLE.COM/X", "http://foo_bar.com", "(http://msdn.com/S(deadbeef)/page.htm)",
    "@mara@mastodon.example hi, mail mara@mastodon.example", "http://例え.みんな/ パス", "x" * 300, "日本" * 150,
    "“quotes” — and … dots", "a\nb\r\nc", "https://example.com.", "5 stars.Thank you",
)  # fmt: skip
MEASURES = (
    Limits(280, Counting.WEIGHTED, link_weight=23),
    Limits(500, Counting.CHARACTERS, link_weight=23),
    Limits(500, Counting.CHARACTERS),
    Limits(300, Counting.GRAPHEMES),
    Limits(500, Counting.UTF16),
)
ASKED = """async ([module, texts, measure]) => {
  const { weigh } = await import(module);
  return texts.map((text) => weigh(text, measure));
}"""


@pytest.mark.parametrize("limits", MEASURES)
def test_both_sides_weigh_the_same(enter: Enter, limits: Limits) -> None:
    from django.templatetags.static import static

    measure = {"counting": limits.counting.value, "link": str(limits.link_weight or "")}
    told = enter().evaluate(ASKED, [static("desk/js/weigh.js"), list(TEXTS), measure])
    assert dict(zip(TEXTS, told, strict=True)) == {text: weight(text, limits) for text in TEXTS}
