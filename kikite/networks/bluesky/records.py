"""What a post's record says, wherever it was read: whom it quotes and names, and the links that it shows."""

from __future__ import annotations

from collections.abc import Iterator

from . import raw
from .addresses import parse
from .raw import Json

LINK = "app.bsky.richtext.facet#link"
MENTION = "app.bsky.richtext.facet#mention"
LINKS = 10  # of one text that are looked at


def quoted(embed: Json) -> str:
    """The key of the post that a record's embed quotes, or ""."""
    record = raw.maybe_object(embed, "record")
    found = parse(record.get("uri")) or parse(raw.maybe_object(record, "record").get("uri"))
    return str(found) if found and found.is_post else ""


def mentioned(record: Json) -> list[str]:
    """The DIDs that a text names, in the order of its marks."""
    return list(dict.fromkeys(did for one in _features(record) if (did := raw.text(one, "did"))))


def named(by: str, record: Json) -> tuple[str, ...]:
    """The DIDs that the author `by` summons: mentioned, quoted, or answered, which tells them as a mention does."""
    reply = raw.maybe_object(record, "reply", "parent")
    near = [parse(quoted(raw.maybe_object(record, "embed"))), parse(reply.get("uri"))]
    dids = [*mentioned(record), *(address.did for address in near if address)]
    return tuple(did for did in dict.fromkeys(dids) if did != by)


def shortened(record: Json) -> list[str]:
    """Links that the text shows without their end, as most apps write them ("example.com/refu…")."""
    text = raw.text(record, "text").encode("utf-8", "replace")
    found = []
    for facet in raw.objects(record, "facets"):
        start, end = (raw.count(raw.maybe_object(facet, "index"), name) for name in ("byteStart", "byteEnd"))
        shown = text[start:end].decode("utf-8", "replace")
        for feature in raw.objects(facet, "features"):
            link = raw.web_address(feature, "uri")
            if link and shown.endswith(("…", "...")):
                found.append(link)
    return list(dict.fromkeys(found))[:LINKS]


def _features(record: Json) -> Iterator[Json]:
    return (feature for facet in raw.objects(record, "facets") for feature in raw.objects(facet, "features"))
