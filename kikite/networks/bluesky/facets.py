"""Links, mentions and hashtags of a text that we write, as the network wants them: by their place in UTF-8 bytes.

What Bluesky's own app finds (https://github.com/bluesky-social/atproto/blob/main/packages/api/src/rich-text), but for
texts without spaces between words too: a link ends where its ASCII letters end, and a mention may follow a kanji.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

from .raw import Json

_LINK = regex.compile(r"(?<![A-Za-z0-9@])https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*", regex.IGNORECASE)
_MENTION = regex.compile(
    r"(?<![A-Za-z0-9@._/-])@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*)"
)
# A tag may follow Japanese punctuation, but no letter: "便#12" and "a#b" are none. It holds a letter or an emoji;
# "・" and hyphens join words inside it, and no punctuation ends it.
_IN_TAG = r"[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\u200d_]"
_TAG = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}_&/#＃@])[#＃]((?!\p{{M}}|\u200d){_IN_TAG}+(?:[・･-]{_IN_TAG}+)*)(?<!\u200d)"
)
_SAYS_SOMETHING = regex.compile(r"[^\p{N}\p{M}\p{P}\u200d]")
_TRAILING = ".,;:!?'\""
LONGEST_TAG = 64  # graphemes, and ten times as many bytes, by the lexicon app.bsky.richtext.facet


def last_link(text: str) -> str:
    """The last link of a text, "" for none: the one that a card is drawn of."""
    links = [feature["uri"] for _, _, feature in _features(text) if "uri" in feature]
    return links[-1] if links else ""


def facets(text: str, resolve: Callable[[str], str | None]) -> list[Json]:
    """The facets of `text`, in their order. `resolve` gives a handle's DID, or None for one that does not exist."""
    found: list[Json] = []
    taken = -1
    for start, end, feature in sorted(_features(text), key=lambda spot: spot[:2]):
        known = _known(feature, resolve)
        if start < taken or known is None:
            continue
        taken = end
        index = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
        found.append({"index": index, "features": [known]})
    return found


def _known(feature: Json, resolve: Callable[[str], str | None]) -> Json | None:
    """The feature with a DID in the place of a handle; None where nobody has that handle."""
    if "handle" not in feature:
        return feature
    did = resolve(feature["handle"])
    return _feature("mention", did=did) if did else None


def _features(text: str) -> Iterator[tuple[int, int, Json]]:
    for match in _LINK.finditer(text):
        link = _without_tail(match[0])
        yield match.start(), match.start() + len(link), _feature("link", uri=link)
    for match in _MENTION.finditer(text):
        yield match.start(), match.end(), {"handle": match[1].lower()}
    for match in _TAG.finditer(text):
        if _SAYS_SOMETHING.search(match[1]) and _fits(match[1]):
            yield match.start(), match.end(), _feature("tag", tag=match[1])


def _fits(tag: str) -> bool:
    return len(regex.findall(r"\X", tag)) <= LONGEST_TAG and len(tag.encode()) <= 10 * LONGEST_TAG


def _feature(kind: str, **values: str) -> Json:
    return {"$type": f"app.bsky.richtext.facet#{kind}", **values}


def _without_tail(link: str) -> str:
    """Punctuation at the end belongs to the sentence, and so does a bracket that was opened before the link."""
    while True:
        shorter = link.rstrip(_TRAILING)
        for opened, closed in ("()", "[]"):
            if shorter.endswith(closed) and shorter.count(closed) > shorter.count(opened):
                shorter = shorter[:-1]
        if shorter == link:
            return link
        link = shorter
