"""Links, mentions and hashtags by their place in bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.bluesky.facets import facets, last_link

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
        ("遅延です。#遅延", [("#遅延", "#遅延")]),
        ("（#遅延）「＃欠航」", [("#遅延", "#遅延"), ("＃欠航", "#欠航")]),
        ("便#12と荷物#紛失", []),
        ("#遅延、すみません", [("#遅延", "#遅延")]),
        ("#カスタマー・サポート。", [("#カスタマー・サポート", "#カスタマー・サポート")]),
        ("#it's #a-b- #_", [("#it", "#it"), ("#a-b", "#a-b")]),
        ("#️⃣ #✈️ #👩‍✈️です", [("#✈️", "#✈️"), ("#👩‍✈️です", "#👩‍✈️です")]),
        ("#が #Ａ１", [("#が", "#が"), ("#Ａ１", "#Ａ１")]),
        (
            "「https://example.com/a」と（https://example.com/b）",
            [
                ("https://example.com/a", "https://example.com/a"),
                ("https://example.com/b", "https://example.com/b"),
            ],
        ),
        ("https://example.com/a…", [("https://example.com/a", "https://example.com/a")]),
        ("。@kai.bsky.social、@rin.test。", [("@kai.bsky.social", "did:plc:kai"), ("@rin.test", "did:plc:rin")]),
        ("🇯🇵https://example.com", [("https://example.com", "https://example.com")]),
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


PIECES = [
    "荷物が",
    "🧳",
    "👩\u200d👩\u200d👧",
    "e\u0301",
    "。",
    "、",
    "（",
    "）",
    " ",
    "\n",
    "https://example.com/a?b=1",
]
PIECES += ["@rin.test", "#遅延", "＃delay", "@nobody.test", "TP123", "#12", "help@rin.test"]
SENTENCES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(SENTENCES)
def test_the_bytes_of_a_mark_are_its_words(text: str) -> None:
    """Round trip: what a reader cuts out of the bytes is the link, the tag behind its sign, or the name."""
    data = text.encode()
    for facet in facets(text, PEOPLE.get):
        shown = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        (feature,) = facet["features"]
        assert shown in (feature.get("uri"), f"#{feature.get('tag')}", f"＃{feature.get('tag')}", "@rin.test")
        assert shown[-1] not in "。、）.,!?"


@given(SENTENCES)
def test_marks_hide_no_text(text: str) -> None:
    """Cut at the marks and joined again, the text is whole."""
    data, at, pieces = text.encode(), 0, []
    for facet in facets(text, PEOPLE.get):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        pieces += [data[at:start].decode(), data[start:end].decode()]
        at = end
    assert "".join([*pieces, data[at:].decode()]) == text


@pytest.mark.parametrize(
    ("text", "link"),
    [("no link", ""), ("https://a.example/1 and https://b.example/2.", "https://b.example/2"), ("@rin.test", "")],
)
def test_the_link_of_a_card(text: str, link: str) -> None:
    assert last_link(text) == link
