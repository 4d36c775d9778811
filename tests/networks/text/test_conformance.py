"""Every case of twitter-text's own suites."""

from __future__ import annotations

import json
from html import escape
from typing import Any
from unicodedata import normalize

import pytest

from kikite.networks.text.autolink import anchor, weave
from kikite.networks.text.entities import Entity, Kind, answers, apart, cash_tags, entities, names, tags
from kikite.networks.text.highlighting import highlight
from kikite.networks.text.links import links
from kikite.networks.text.validity import is_list, is_name, is_tag, is_url
from kikite.networks.text.weighing import V1, V2, V3, Weights, measure, weigh

from . import suites

type Case = dict[str, Any]

# --- extraction -----------------------------------------------------------------------------------------------------


@suites.cases("extract", "mentions")
def test_names(case: Case) -> None:
    assert [entity.text for entity in names(case["text"])] == case["expected"]


@suites.cases("extract", "mentions_with_indices")
def test_places_of_names(case: Case) -> None:
    assert [
        {"screen_name": entity.text, "indices": [entity.start, entity.end]} for entity in names(case["text"])
    ] == case["expected"]


@suites.cases("extract", "mentions_or_lists_with_indices")
def test_places_of_lists(case: Case) -> None:
    found = [(*entity.text.partition("/"), entity.start, entity.end) for entity in names(case["text"])]
    assert [
        {"screen_name": name, "list_slug": slash + slug, "indices": [start, end]}
        for name, slash, slug, start, end in found
    ] == case["expected"]


@suites.cases("extract", "replies")
def test_whom_it_answers(case: Case) -> None:
    assert answers(case["text"]) == (case["expected"] or "")


@suites.cases("extract", "urls", "tco_urls_with_params")
def test_links(case: Case) -> None:
    assert [link.url for link in links(case["text"])] == case["expected"]


@suites.cases("extract", "urls_with_indices", "urls_with_directional_markers")
def test_places_of_links(case: Case) -> None:
    assert [{"url": link.url, "indices": [link.start, link.end]} for link in links(case["text"])] == case["expected"]


@suites.cases("tlds")
def test_top_level_domains(case: Case) -> None:
    assert [link.url for link in links(case["text"])] == case["expected"]


@suites.cases("extract", "hashtags", "hashtags_from_astral")
def test_tags(case: Case) -> None:
    assert [entity.text for entity in tags(case["text"])] == case["expected"]


@suites.cases("extract", "hashtags_with_indices")
def test_places_of_tags(case: Case) -> None:
    assert [{"hashtag": entity.text, "indices": [entity.start, entity.end]} for entity in tags(case["text"])] == case[
        "expected"
    ]


@suites.cases("extract", "cashtags")
def test_cash_tags(case: Case) -> None:
    assert [entity.text for entity in cash_tags(case["text"])] == case["expected"]


@suites.cases("extract", "cashtags_with_indices")
def test_places_of_cash_tags(case: Case) -> None:
    assert [
        {"cashtag": entity.text, "indices": [entity.start, entity.end]} for entity in cash_tags(case["text"])
    ] == case["expected"]


# --- autolink -------------------------------------------------------------------------------------------------------


def linked(text: str, found: list[Entity]) -> str:
    """As twitter.com shows it."""
    return weave(text, found, _anchor, plain=str)


def _anchor(entity: Entity, shown: str) -> str:
    search = "https://twitter.com/search?q="
    match entity.kind:
        case Kind.LINK:
            return anchor(shown, entity.text if "://" in entity.text else f"http://{entity.text}")
        case Kind.NAME | Kind.LIST:
            kind = "username" if entity.kind is Kind.NAME else "list-slug"
            href = f"https://twitter.com/{entity.text}"
            return f'{shown[0]}<a class="tweet-url {kind}" href="{href}">{entity.text}</a>'
        case Kind.TAG:
            right = " rtl" if "\u0590" <= entity.text[0] <= "\u077f" else ""
            text = escape(entity.text)
            return f'<a href="{search}%23{text}" title="#{text}" class="tweet-url hashtag{right}">{escape(shown)}</a>'
        case Kind.CASH:
            return f'<a href="{search}%24{entity.text}" title="${entity.text}" class="tweet-url cashtag">{shown}</a>'


@suites.cases("autolink", "usernames", "lists")
def test_names_linked(case: Case) -> None:
    assert linked(case["text"], names(case["text"])) == case["expected"]


@suites.cases("autolink", "hashtags")
def test_tags_linked(case: Case) -> None:
    assert linked(case["text"], tags(case["text"])) == case["expected"]


@suites.cases("autolink", "urls")
def test_links_linked(case: Case) -> None:
    found = [Entity(Kind.LINK, link.start, link.end, link.url) for link in links(case["text"], bare=False)]
    assert linked(case["text"], found) == case["expected"]


@suites.cases("autolink", "cashtags")
def test_cash_tags_linked(case: Case) -> None:
    assert linked(case["text"], cash_tags(case["text"])) == case["expected"]


@suites.cases("autolink", "all")
def test_everything_linked(case: Case) -> None:
    assert linked(case["text"], entities(case["text"], bare=False)) == case["expected"]


@suites.cases("autolink", "json")
def test_what_x_found_linked(case: Case) -> None:
    told = json.loads(case["json"])
    shown = {url["url"]: url for url in told["urls"]}
    fields = {"hashtags": (Kind.TAG, "text"), "urls": (Kind.LINK, "url"), "user_mentions": (Kind.NAME, "screen_name")}
    found = [
        Entity(kind, entity["indices"][0], entity["indices"][1], entity[name])
        for part, (kind, name) in fields.items()
        for entity in told.get(part, ())
    ]

    def link(entity: Entity, text: str) -> str:
        return _short(entity.text, shown[entity.text]) if entity.kind is Kind.LINK else _anchor(entity, text)

    assert weave(case["text"], apart(found), link, plain=str) == case["expected"]


def _short(url: str, told: dict[str, Any]) -> str:
    """A t.co link as twitter.com shows it: the readable part, the rest only for those who copy it."""
    before, after = told["expanded_url"].split(told["display_url"])
    unseen = "<span style='position:absolute;left:-9999px;'>"
    dots = f"<span class='tco-ellipsis'>{unseen}&nbsp;</span></span>"
    return (
        f'<a href="{url}" title="{told["expanded_url"]}">{dots}{unseen}{before}</span>'
        f"<span class='js-display-url'>{told['display_url']}</span>{unseen}{after}</span>{dots}</a>"
    )


# --- highlighting ---------------------------------------------------------------------------------------------------


@suites.cases("hit_highlighting")
def test_hits_marked(case: Case) -> None:
    assert highlight(case["text"], case["hits"]) == case["expected"]


# --- validity -------------------------------------------------------------------------------------------------------


@suites.cases("validate", "usernames")
def test_a_name(case: Case) -> None:
    assert is_name(case["text"]) is case["expected"]


@suites.cases("validate", "lists")
def test_a_list(case: Case) -> None:
    assert is_list(case["text"]) is case["expected"]


@suites.cases("validate", "hashtags")
def test_a_tag(case: Case) -> None:
    assert is_tag(case["text"]) is case["expected"]


@suites.cases("validate", "urls")
def test_an_address(case: Case) -> None:
    assert is_url(case["text"]) is case["expected"]


@suites.cases("validate", "urls_without_protocol")
def test_an_address_without_scheme(case: Case) -> None:
    assert is_url(case["text"], scheme=False) is case["expected"]


# --- weights --------------------------------------------------------------------------------------------------------


@suites.cases("validate", "tweets")
def test_a_post(case: Case) -> None:
    assert measure(case["text"], V1).valid is case["expected"]


@suites.cases("validate", "WeightedTweetsCounterTest")
def test_weighted_length(case: Case) -> None:
    assert measured(case["text"], V2) == case["expected"]


@suites.cases("validate", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest")
def test_weighted_length_with_emoji(case: Case) -> None:
    assert measured(case["text"], V3) == case["expected"]
    assert weigh(case["text"]) == case["expected"]["weightedLength"]


def measured(text: str, weights: Weights) -> Case:
    """What the suite wants to hear: its places are in UTF-16 units and name the last character."""
    found, composed = measure(text, weights), normalize("NFC", text)
    return {
        "weightedLength": found.weight,
        "valid": found.valid,
        "permillage": found.permille,
        "displayRangeStart": 0,
        "displayRangeEnd": max(0, units(text) - 1),
        "validRangeStart": 0,
        "validRangeEnd": max(0, units(composed[: found.fits]) - 1 + units(text) - units(composed)),
    }


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_the_weights_are_the_published_ones() -> None:
    path = suites.folder() / "config_v3.json"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    told = json.loads(path.read_text("utf-8"))
    assert (V3.most, V3.heavy, V3.link, V3.emoji) == (
        told["maxWeightedTweetLength"], told["defaultWeight"] // told["scale"], told["transformedURLLength"],
        told["emojiParsingEnabled"],
    )  # fmt: skip
    assert V3.light == tuple((each["start"], each["end"]) for each in told["ranges"])
