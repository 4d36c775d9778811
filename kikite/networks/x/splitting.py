"""Lists of X, taken apart: each post or private message by itself, with just what came along for it.

X lists things and puts the people, pictures and posts of all of them together; a delivery holds one thing. It gets the
shape in which X tells one thing alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from kikite.networks import raw
from kikite.networks.contract import Delivery, Unreadable
from kikite.networks.raw import Json

from . import media_in, posts
from .raw import Includes, born, either, maybe_number, number, numbers
from .translate import DM, GONE, POST


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a list. `id` is its own, `key` the message's; both are "" for what cannot be read."""

    delivery: Delivery
    id: str
    key: str
    at: datetime


def posts_of(document: Json) -> list[Item]:
    """The posts of a list, in its order."""
    includes = Includes(raw.maybe_object(document, "includes"))
    return [_post(data, includes) for data in _data(document)]


def dms_of(document: Json) -> list[Item]:
    """The private messages of a list, in its order."""
    includes = Includes(raw.maybe_object(document, "includes"))
    return [_dm(data, includes) for data in _data(document)]


def gone(key: str) -> Delivery:
    return Delivery(f"{GONE}:{key}", GONE, key.encode())


def _data(document: Json) -> list[object]:
    found = document.get("data")
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _post(data: object, includes: Includes) -> Item:
    try:
        post = raw.as_object(data, "a post")
        key, at = number(post.get("id")), posts.written(post)
        related = [*posts.versions(post), *_referenced(post)]
        body = _alone(post, includes, [*_people(post), *_authors(related, includes)], related)
        return Item(Delivery(f"{POST}:{key}", POST, body), key, posts.key_of(post), at)
    except Unreadable:
        return _unread(POST, data)


def _dm(data: object, includes: Includes) -> Item:
    try:
        event = raw.as_object(data, "a private message")
        key = number(event.get("id"))
        people = [maybe_number(event.get("sender_id")), *raw.maybe_text(event, "dm_conversation_id").split("-")]
        people += numbers(event.get("participant_ids"))
        at = raw.maybe_time(event, "created_at") or born(key) or datetime.now(UTC)
        return Item(Delivery(f"{DM}:{key}", DM, _alone(event, includes, people, ())), key, key, at)
    except (Unreadable, TypeError):
        return _unread(DM, data)


def _unread(kind: str, data: object) -> Item:
    """What cannot be read is handed over all the same: it is set aside there, and blocks nothing."""
    body = json.dumps({"data": data}).encode()
    return Item(Delivery(f"{kind}:{hashlib.sha256(body).hexdigest()}", kind, body), "", "", datetime.now(UTC))


def _alone(data: Json, includes: Includes, people: Iterable[str], related: Iterable[str]) -> bytes:
    """The thing with what came along for it. Without spaces and sorted, so that the same thing is the same bytes."""
    along = {
        "media": [includes.media[key] for key in media_in.keys(data) if key in includes.media],
        "posts": [includes.posts[key] for key in _once(related) if key in includes.posts],
        "users": [includes.users[key] for key in _once(people) if key in includes.users],
    }
    alone = {"data": data, "includes": {name: things for name, things in along.items() if things}}
    return json.dumps(alone, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")


def _once(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key for key in keys if key))


def _people(post: Json) -> list[str]:
    mentions = raw.maybe_objects(raw.maybe_object(post, "entities"), "mentions")
    named = [maybe_number(mention.get("id")) for mention in mentions]
    return [maybe_number(post.get("author_id")), maybe_number(post.get("in_reply_to_user_id")), *named]


def _referenced(post: Json) -> list[str]:
    found = either(post, "referenced_posts", "referenced_tweets")
    listed = found if isinstance(found, list) else []
    return [maybe_number(one.get("id")) for one in listed if isinstance(one, dict)]


def _authors(related: Iterable[str], includes: Includes) -> list[str]:
    return [maybe_number(includes.posts[key].get("author_id")) for key in related if key in includes.posts]
