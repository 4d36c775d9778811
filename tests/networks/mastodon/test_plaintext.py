"""HTML of many servers as people read it, and texts compared as servers rewrite them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.mastodon.plaintext import comparable, plain

MENTIONS = {"https://planes.example/@traveller": "traveller@planes.example"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>One</p><p>Two<br>three<br/>four</p>", "One\n\nTwo\nthree\nfour"),
        ("<p>a &lt;b&gt; &amp;amp; &quot;c&quot;</p>", 'a <b> &amp; "c"'),
        ('<a href="https://a.example/x?y=1&amp;z=2">a.example/x…</a>', "https://a.example/x?y=1&z=2"),
        ('<a href="https://evil.example/">https://bank.example/</a>', "https://bank.example/ (https://evil.example/)"),
        ('<a href="https://planes.example/@traveller" class="mention">@<span>traveller</span></a>!',
         "@traveller@planes.example!"),
        ('<a href="https://elsewhere.example/@x" class="mention">@<span>x</span></a>', "@x"),
        ("<p>unclosed <a href='https://a.example/'>a.example", "unclosed https://a.example/"),
        ("3 < 4 and nothing more", "3 < 4 and nothing more"),
        ("<script>alert('x')</script><style>p{}</style>left", "left"),
        ("<pre><code>x = 1\n  y</code></pre>", "x = 1\n  y"),
        ("", ""),
    ],
)  # fmt: skip
def test_plain(content: str, text: str) -> None:
    assert plain(content, mentions=MENTIONS) == text


@given(st.text())
def test_plain_never_fails_and_holds_nothing_unstorable(content: str) -> None:
    plain(content).encode()
    assert "\x00" not in plain(content)


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("@traveller@planes.example  It is here.\r\n\r\nBye", "@traveller It is here.\n\nBye"),
        ("cafe\u0301", "caf\u00e9"),
        ("See https://a.example/@x@b", "See https://a.example/@x@b"),
    ],
)
def test_comparable_texts_are_the_same_words(written: str, served: str) -> None:
    assert comparable(written) == comparable(served)


@pytest.mark.parametrize(("one", "other"), [("Seat 14A", "Seat 14B"), ("@a hello", "@b hello"), ("Hello", "hello")])
def test_other_words_are_not(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)
