"""Posts as they are now. Asked for by the id of its first version, an edited post is told in that version, with the
ids of the later ones: then the newest is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kikite.networks import raw
from kikite.networks.contract import Delivery, Urgency
from kikite.networks.raw import Json

from . import fields, limits, posts
from .api import Api
from .raw import maybe_number
from .splitting import gone, posts_of

AT_ONCE = 100
# Deleted, of somebody suspended, or no longer shown to us: it may not be shown here either.
_GONE = frozenset({"resource-not-found", "not-authorized-for-resource"})


@dataclass(frozen=True, slots=True)
class State:
    """What became of a message: its newest version's id and delivery, or "" and a deletion."""

    key: str
    version: str
    delivery: Delivery


def refresh(api: Api, keys: Sequence[str], urgency: Urgency = Urgency.CATCHING_UP) -> Iterator[State]:
    """Each post of which X says something; one that it says nothing of is left out, never taken for deleted. Raises
    NetworkTrouble."""
    asked = [key for key in keys if maybe_number(key)]
    for start in range(0, len(asked), AT_ONCE):
        yield from _states(api, asked[start : start + AT_ONCE], urgency)


def _states(api: Api, keys: Sequence[str], urgency: Urgency) -> Iterator[State]:
    document = _ask(api, keys, urgency)
    found = {item.id: item for item in posts_of(document)}
    newest = {key: _newest(post) for key, post in _posts(document).items()}
    later = [version for key, version in newest.items() if version != key and version not in found]
    if later:
        found |= {item.id: item for item in posts_of(_ask(api, later[:AT_ONCE], urgency))}
    missing = _missing(document)
    for key in keys:
        item = found.get(newest.get(key, key)) or found.get(key)
        if item is not None and item.id:
            yield State(key, item.id, item.delivery)
        elif key in missing:
            yield State(key, "", gone(key))


def _ask(api: Api, keys: Sequence[str], urgency: Urgency) -> Json:
    document = api.read("/2/tweets", limits.POSTS, {"ids": ",".join(keys), **fields.POSTS}, urgency)
    api.charge("post.read", document)
    return document


def _posts(document: Json) -> dict[str, Json]:
    return {maybe_number(post.get("id")): post for post in raw.maybe_objects(document, "data")}


def _newest(post: Json) -> str:
    return (posts.versions(post) or [maybe_number(post.get("id"))])[-1]


def _missing(document: Json) -> set[str]:
    """The ids of those that X says are gone."""
    told = raw.maybe_objects(document, "errors")
    gone_ones = [one for one in told if raw.maybe_text(one, "type").rpartition("/")[2] in _GONE]
    return {maybe_number(one.get("resource_id")) or maybe_number(one.get("value")) for one in gone_ones}
