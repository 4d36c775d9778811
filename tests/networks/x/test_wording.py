"""What X does to a text, and that a part is known by its words all the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.x.wording import comparable, plain

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12).filter(
    lambda word: "@" not in word and "/" not in word
)


def as_x_shows_it(words: list[str], link: str) -> tuple[str, list[dict[str, object]]]:
    """Escaped, with the name of who is answered before it and the link made short."""
    escaped = " ".join(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"@guest {escaped} https://t.co/abc123", [{"url": "https://t.co/abc123", "expanded_url": link}]


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_a_part_is_known_by_its_words(words: list[str]) -> None:
    shown, urls = as_x_shows_it(words, "https://tsubame.example/bags?a=1")
    ours = f"{' '.join(words)}  https://tsubame.example/bags?a=1\n"
    assert comparable(plain(shown, urls)) == comparable(ours)


def test_links_however_they_are_written() -> None:
    written = ["tsubame.example/bags", "https://www.tsubame.example/bags/", "http://tsubame.example/bags"]
    assert len({comparable(f"See {link}") for link in written}) == 1


def test_words_that_differ() -> None:
    assert comparable("Thank you") != comparable("Thank you all")
    assert comparable("@guest Thank you") == comparable("Thank you")
    assert comparable("Ask @guest") != comparable("Ask")


def test_composed_or_not() -> None:
    assert comparable("ば") == comparable("ば")


def test_dropped_links() -> None:
    urls: list[dict[str, object]] = [{"url": "https://t.co/a", "expanded_url": "https://x.com/me/status/1/photo/1"}]
    assert plain("Look https://t.co/a", urls, ["https://x.com/me/status/1/photo/1"]) == "Look"
    assert plain("1 &lt; 2 &amp;amp; https://t.co/b", urls) == "1 < 2 &amp; https://t.co/b"
