"""A post of X as a message.

An edit is a new post with a new id; all versions share the first one's id as the key of the message.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kikite.networks import raw
from kikite.networks.contract import Message, Unreadable
from kikite.networks.raw import Json

from . import media_in
from .people import person
from .raw import Includes, born, either, maybe_number, number, numbers
from .wording import plain

# What X says where it knows no language, or where there are only pictures, links, names or hashtags.
_NO_LANGUAGE = frozenset({"und", "art", "qam", "qct", "qht", "qme", "qst", "zxx"})


def message(post: Json, includes: Includes, summoned: Iterable[str] = ()) -> Message | None:
    """`summoned` are accounts that are known to be named in it by the way it came. None for a repost."""
    references = _references(post)
    if "retweeted" in references:
        return None
    key = key_of(post)
    writer = person(number(post.get("author_id"), "author_id"), includes)
    reply_to = _key(references.get("replied_to") or maybe_number(post.get("in_reply_to_tweet_id")), includes)
    quoted = references.get("quoted", "")
    conversation = maybe_number(post.get("conversation_id"))
    at, edited_at = _times(post, key, includes)
    return Message(
        key=key,
        author=writer,
        text=_words(post, quoted),
        at=at,
        reply_to=reply_to,
        root=conversation if reply_to and conversation != key else "",
        quotes=_key(quoted, includes),
        url=f"https://x.com/{writer.handle or 'i'}/status/{key}",
        lang=_language(post),
        media=media_in.attached(post, includes),
        edited_at=edited_at,
        names=tuple(sorted({*_named(post, includes, quoted), *summoned})),
    )


def key_of(post: Json) -> str:
    """The id of the first version. Raises Unreadable."""
    newest = number(post.get("id"))
    return (versions(post) or [newest])[0]


def versions(post: Json) -> list[str]:
    """The ids of all versions, oldest first; empty where X does not tell."""
    return numbers(either(post, "edit_history_post_ids", "edit_history_tweet_ids"))


def written(post: Json) -> datetime:
    """When this version was written. Raises Unreadable."""
    moment = raw.maybe_time(post, "created_at") or born(number(post.get("id")))
    if moment is None:
        raise Unreadable("created_at is no time")
    return moment


def whole(post: Json, includes: Includes) -> bool:
    """Whether its author and all its pictures came along: events often carry the post alone."""
    there = maybe_number(post.get("author_id")) in includes.users
    return there and all(key in includes.media for key in media_in.keys(post))


def _times(post: Json, key: str, includes: Includes) -> tuple[datetime, datetime | None]:
    """When the first version was written, and when this one was, where it is a later one."""
    newest = number(post.get("id"))
    if newest == key:
        return written(post), None
    first = includes.posts.get(key)
    began = (raw.maybe_time(first, "created_at") if first else None) or born(key) or written(post)
    return began, born(newest) or written(post)


def _references(post: Json) -> dict[str, str]:
    found = either(post, "referenced_posts", "referenced_tweets")
    listed = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {raw.maybe_text(one, "type"): maybe_number(one.get("id")) for one in listed}


def _key(post_id: str, includes: Includes) -> str:
    """The key of a post that is referred to: what is referred to may be a later version of it."""
    found = includes.posts.get(post_id)
    return (versions(found) or [post_id])[0] if found else post_id


def _named(post: Json, includes: Includes, quoted: str) -> set[str]:
    """Everybody whom the author mentions or quotes. In an answer, X puts the names of those who are answered in."""
    named = set()
    for mention in [
        one for part in _texts(post) for one in raw.maybe_objects(raw.maybe_object(part, "entities"), "mentions")
    ]:
        named.add(maybe_number(mention.get("id")) or includes.user_named(raw.maybe_text(mention, "username")))
    named.add(maybe_number(includes.posts.get(quoted, {}).get("author_id")))
    return named - {""}


def _texts(post: Json) -> list[Json]:
    """The post itself, and the whole text of a long one."""
    note = either(post, "note_post", "note_tweet")
    return [post, note] if isinstance(note, dict) else [post]


def _words(post: Json, quoted: str) -> str:
    longest = _texts(post)[-1]
    text = raw.maybe_text(longest, "text") or raw.text(post, "text")
    urls = [one for part in _texts(post) for one in raw.maybe_objects(raw.maybe_object(part, "entities"), "urls")]
    ours = [*versions(post), number(post.get("id"))]
    dropped = [raw.maybe_text(url, "expanded_url") for url in urls if _stands_beside(url, ours, quoted)]
    return plain(text, urls, [link for link in dropped if link])


def _stands_beside(url: Json, ours: Iterable[str], quoted: str) -> bool:
    """A link to the post's own pictures, or to the post that it quotes."""
    full = raw.maybe_text(url, "expanded_url").rstrip("/")
    if raw.maybe_text(url, "media_key") or any(f"/status/{key}/" in full for key in ours):
        return True
    return bool(quoted) and full.endswith(f"/status/{quoted}")


def _language(post: Json) -> str:
    told = raw.maybe_text(post, "lang")[:20]
    return "" if told in _NO_LANGUAGE else told
