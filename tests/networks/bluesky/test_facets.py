"""Links, mentions and hashtags by their place in bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.bluesky.facets import facets

PEOPLE = {"rin.test": "did:plc:rin", "kai.bsky.social": "did:plc:kai"}


def marked(text: str) -> list[tuple[str, str]]:
    """(the marked words, what they mean) as a reader of the record finds them."""
    data = text.encode()
    found = []
    for facet in facets(text, PEOPLE.get):
        words = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        (feature,) = facet["features"]
        found.append((words, feature.get("uri") or feature.get("did") or "#" + feature["tag"]))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", []),
        ("See https://example.com/a?b=c#d.", [("https://example.com/a?b=c#d", "https://example.com/a?b=c#d")]),
        ("(https://example.com/x_(y))", [("https://example.com/x_(y)", "https://example.com/x_(y)")]),
        ("詳しくはhttps://example.com/案内をご覧", [("https://example.com/", "https://example.com/")]),
        ("詳しくはhttps://example.com/a。", [("https://example.com/a", "https://example.com/a")]),
        ("@rin.test hello", [("@rin.test", "did:plc:rin")]),
        ("@Rin.Test, hello", [("@Rin.Test", "did:plc:rin")]),
        ("🧳👩‍👩‍👧 @kai.bsky.social.", [("@kai.bsky.social", "did:plc:kai")]),
        ("鈴木@rin.testさま", [("@rin.test", "did:plc:rin")]),
        ("@nobody.test is not here", []),
        ("write to help@rin.test", []),
        ("@rin", []),
        ("#delay #2026 #便名", [("#delay", "#delay"), ("#便名", "#便名")]),
        ("＃遅延", [("＃遅延", "#遅延")]),
        ("a#b https://example.com/#c", [("https://example.com/#c", "https://example.com/#c")]),
        ("https://example.com/@rin.test", [("https://example.com/@rin.test", "https://example.com/@rin.test")]),
        ("#" + "x" * 65, []),
    ],
)
def test_what_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert marked(text) == expected


@given(st.text(alphabet=st.sampled_from("a.@#/:é荷🧳\u200d \nhttps")))
def test_marks_are_whole_letters_in_order_and_apart(text: str) -> None:
    end = 0
    for facet in facets(text, lambda _handle: "did:plc:any"):
        start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert end <= start < stop <= len(text.encode())
        assert text.encode()[start:stop].decode() in text
        end = stop
