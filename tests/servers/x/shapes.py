"""Posts, people and media as X's answers show them: the fields that were asked for, and what they refer to beside them.

The REST answers spell `post` (`edit_history_post_ids`, `referenced_posts`, `includes.posts`), as the description does.
The streams and webhooks spell `tweet`, as the documentation's own payloads do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from .state import State, Thing, iso

# Fields that come with an expansion and cannot be asked for by themselves.
_BY_EXPANSION = {
    "author_id": "author_id",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "referenced_posts": "referenced_posts",
    "sender_id": "sender_id",
    "participant_ids": "participant_ids",
    "attachments.media_keys": "attachments",
    "entities.mentions.username": "entities",
}
_SPELT = {
    "edit_history_post_ids": "edit_history_tweet_ids",
    "referenced_posts": "referenced_tweets",
    "posts": "tweets",
    "post_count": "tweet_count",
    "repost_count": "retweet_count",
    "most_recent_post_id": "most_recent_tweet_id",
}
MIMES = {"image": "photo", "video": "video"}


class Asked:
    """What a request asked to be told."""

    def __init__(self, query: dict[str, str]) -> None:
        def words(name: str) -> set[str]:
            return set(filter(None, query.get(name, "").split(",")))

        self.expansions = {one.replace("_tweets.id", "_posts") for one in words("expansions")}
        fields = words("post.fields") | words("tweet.fields")
        self.post = (
            fields | {"id", "text", "edit_history_post_ids"} | {_BY_EXPANSION.get(e, e) for e in self.expansions}
        )
        self.post |= {{v: k for k, v in _SPELT.items()}.get(one, one) for one in fields}
        self.dm = {"id", "text", "event_type"} | words("dm_event.fields")
        self.dm |= {_BY_EXPANSION.get(one, one) for one in self.expansions}
        self.user = {"id", "name", "username"} | words("user.fields")
        self.media = {"media_key", "type"} | words("media.fields")


# A webhook's or an activity stream's event tells everything, whether it was asked for or not.
EVERYTHING = Asked(
    {
        "post.fields": "attachments,author_id,conversation_id,created_at,edit_controls,entities,in_reply_to_user_id,"
        "lang,possibly_sensitive,public_metrics,referenced_posts,reply_settings,display_text_range",
        "user.fields": "created_at,description,profile_image_url,protected,public_metrics,verified,verified_type",
        "media.fields": "alt_text,height,url,width,preview_image_url,variants,duration_ms",
        "expansions": "author_id,attachments.media_keys,in_reply_to_user_id,referenced_posts,"
        "entities.mentions.username",
    }
)


def post(state: State, one: Thing, asked: Asked) -> Thing:
    told = _whole(state, one)
    return {name: value for name, value in told.items() if name in asked.post and value is not None}


def _whole(state: State, one: Thing) -> Thing:
    parent = state.posts.get(one["reply_to"])
    references = [{"type": "replied_to", "id": one["reply_to"]}] if one["reply_to"] else []
    references += [{"type": "quoted", "id": one["quotes"]}] if one["quotes"] else []
    until = datetime.fromisoformat(state.posts[one["history"][0]]["at"]) + timedelta(minutes=30)
    return {
        "id": one["id"],
        "text": one["text"],
        "author_id": one["author"],
        "created_at": one["at"],
        "conversation_id": one["conversation"],
        "edit_history_post_ids": one["history"],
        "edit_controls": {
            "edits_remaining": 6 - len(one["history"]),
            "is_edit_eligible": True,
            "editable_until": iso(until),
        },
        "in_reply_to_user_id": parent["author"] if parent else None,
        "referenced_posts": references or None,
        "attachments": {"media_keys": one["media"]} if one["media"] else None,
        "entities": one["entities"] or None,
        "lang": one["lang"],
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "display_text_range": [0, len(one["text"])],
        "public_metrics": {
            "repost_count": 0,
            "reply_count": 0,
            "like_count": len(state.likes.get(one["id"], {})),
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 0,
        },
    }


def user(state: State, one: Thing, asked: Asked) -> Thing:
    told = {
        "id": one["id"],
        "name": one["name"],
        "username": one["username"],
        "created_at": one["created_at"],
        "description": one["description"],
        "protected": one["protected"],
        "profile_image_url": f"{state.url}/faces/{one['id']}_normal.png",
        "verified": False,
        "verified_type": "none",
        "receives_your_dm": one["takes_dms"],
        "public_metrics": {
            "followers_count": one["followers"],
            "following_count": 1,
            "post_count": 1,
            "listed_count": 0,
            "like_count": 0,
            "media_count": 0,
        },
    }
    return {name: value for name, value in told.items() if name in asked.user}


def media(state: State, one: Thing, asked: Asked) -> Thing:
    address = f"{state.url}/media/{one['id']}"
    told = {
        "media_key": one["key"],
        "type": "photo" if one["mime"].startswith("image/") and one["mime"] != "image/gif" else "video",
        "url": address,
        "alt_text": one["alt"] or None,
        "width": one["width"],
        "height": one["height"],
    }
    if told["type"] == "video":
        del told["url"]
        told["preview_image_url"] = address
        told["variants"] = [{"content_type": one["mime"], "url": address, "bit_rate": 1}]
    return {name: value for name, value in told.items() if name in asked.media and value is not None}


def includes(state: State, found: Iterable[Thing], asked: Asked) -> Thing:
    """What the posts refer to, as far as it was asked for and still stands."""
    found = list(found)
    people: dict[str, Thing] = {}
    posts: dict[str, Thing] = {}
    pictures: dict[str, Thing] = {}
    for one in found:
        for key in _named(state, one, asked):
            people[key] = user(state, state.users[key], asked)
        if "referenced_posts" in asked.expansions:
            for key in (one["reply_to"], one["quotes"]):
                if key in state.posts and not state.posts[key]["gone"]:
                    posts[key] = post(state, state.posts[key], asked)
        if "attachments.media_keys" in asked.expansions:
            pictures |= with_media(state, one["media"], asked)
    told = {"users": list(people.values()), "posts": list(posts.values()), "media": list(pictures.values())}
    return {name: value for name, value in told.items() if value}


def with_media(state: State, keys: Iterable[str], asked: Asked) -> dict[str, Thing]:
    by_key = {one["key"]: one for one in state.media.values()}
    return {key: media(state, by_key[key], asked) for key in keys if key in by_key}


def _named(state: State, one: Thing, asked: Asked) -> Iterable[str]:
    if "author_id" in asked.expansions:
        yield one["author"]
    if "in_reply_to_user_id" in asked.expansions and one["reply_to"] in state.posts:
        yield state.posts[one["reply_to"]]["author"]
    if "entities.mentions.username" in asked.expansions:
        yield from (mention["id"] for mention in one["entities"].get("mentions", []))


def spelt(value: Any) -> Any:
    """The same in the spelling of the streams and webhooks."""
    if isinstance(value, list):
        return [spelt(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {_SPELT.get(name, name): spelt(one) for name, one in value.items()}
