"""What X makes of a text: links become t.co, leading @names of a reply are filled in, `&<>` are escaped; its weight."""

from __future__ import annotations

import hashlib
import html
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import regex

from .state import State, Thing

LENGTH = 280
DM_LENGTH = 10_000
LINK_WEIGHT = 23
# twitter-text's configuration v3: what weighs one; everything else weighs two.
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_LINK = regex.compile(r"https?://[^\s<>]+[^\s<>.,!?;:'\")\]]")
_NAME = regex.compile(r"(?<![\w@])@(\w{1,15})")
_TAG = regex.compile(r"(?<!\w)#(\w+)")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")


def weight(text: str) -> int:
    """By the published rules: NFC, links 23, emoji 2."""
    text = unicodedata.normalize("NFC", text)
    links = len(_LINK.findall(text))
    clusters = regex.findall(r"\X", _LINK.sub("", text))
    return links * LINK_WEIGHT + sum(2 if _EMOJI.search(one) else sum(map(_of_letter, one)) for one in clusters)


def _of_letter(letter: str) -> int:
    return 1 if any(first <= ord(letter) <= last for first, last in LIGHT) else 2


def written(state: State, text: str, media: Sequence[str] = ()) -> tuple[str, dict[str, Any]]:
    """The text as it stands, and its entities, whose places count code points of it."""
    links: dict[str, str] = {}
    text = _LINK.sub(lambda found: _shortened(found[0], links), text)
    text = html.escape(text, quote=False)
    if media:
        short = _shortened(f"{state.url}/photo/{media[0]}", links)
        text = f"{text} {short}".strip()
    entities: dict[str, Any] = {
        "urls": [_link(found, links, media) for found in _LINK.finditer(text)],
        "mentions": [one for found in _NAME.finditer(text) if (one := _mention(state, found))],
        "hashtags": [{"start": found.start(), "end": found.end(), "tag": found[1]} for found in _TAG.finditer(text)],
    }
    return text, {name: found for name, found in entities.items() if found}


def _shortened(address: str, links: dict[str, str]) -> str:
    short = f"https://t.co/{hashlib.sha256(address.encode()).hexdigest()[:10]}"
    links[short] = address
    return short


def _link(found: regex.Match[str], links: dict[str, str], media: Sequence[str]) -> Thing:
    address = links.get(found[0], found[0])
    told = {"start": found.start(), "end": found.end(), "url": found[0], "expanded_url": address}
    told["display_url"] = address.split("://", 1)[1][:30]
    return {**told, "media_key": media[0]} if media and address.endswith(f"/photo/{media[0]}") else told


def _mention(state: State, found: regex.Match[str]) -> Thing | None:
    user = state.named(found[1])
    if user is None:
        return None
    return {"start": found.start(), "end": found.end(), "username": user["username"], "id": user["id"]}


def names(state: State, text: str) -> set[str]:
    """Keys of the accounts that a text names."""
    return {user["id"] for found in _NAME.finditer(text) if (user := state.named(found[1]))}


def matching(query: str) -> Callable[[State, Thing], bool]:
    """Of X's query language what a desk uses: words and "phrases" (all of them), `OR`, `-word`, `@name`, `from:`,
    `-from:`, `is:retweet` (nothing here is one), `lang:`, parentheses."""
    tokens = regex.findall(r'-?"[^"]*"|\(|\)|-\(|[^\s()]+', query)
    place = 0

    def either() -> Callable[[State, Thing], bool]:
        nonlocal place
        parts = [every()]
        while place < len(tokens) and tokens[place] == "OR":
            place += 1
            parts.append(every())
        return lambda state, post: any(part(state, post) for part in parts)

    def every() -> Callable[[State, Thing], bool]:
        nonlocal place
        parts = []
        while place < len(tokens) and tokens[place] not in (")", "OR"):
            token = tokens[place]
            place += 1
            if token in ("(", "-("):
                part = either()
                place += 1
                parts.append(_not(part) if token == "-(" else part)
            else:
                parts.append(_one(token))
        return lambda state, post: all(part(state, post) for part in parts)

    return either()


def _not(part: Callable[[State, Thing], bool]) -> Callable[[State, Thing], bool]:
    return lambda state, post: not part(state, post)


def _one(token: str) -> Callable[[State, Thing], bool]:
    if token.startswith("-"):
        return _not(_one(token[1:]))
    name, _, value = token.partition(":")
    if name == "from":
        return lambda state, post: state.users[post["author"]]["username"].lower() == value.lower().lstrip("@")
    if name == "lang":
        return lambda state, post: bool(post["lang"] == value)
    if name in ("is", "has"):
        return lambda state, post: {"reply": bool(post["reply_to"]), "media": bool(post["media"])}.get(value, False)
    word = token.strip('"').casefold()
    return lambda state, post: word in post["typed"].casefold()
