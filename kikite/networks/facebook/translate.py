"""Facebook's JSON as neutral messages: what webhooks tell of a Page, and what its lists hold."""

from __future__ import annotations

from dataclasses import replace

from kikite.networks.contract import Author, Deletion, Incoming, Media, Message, Reaction, Unreadable
from kikite.networks.meta import polling, talk
from kikite.networks.meta.hooks import CHANGE, EVENT, sole_change, sole_event
from kikite.networks.meta.reading import (
    attached,
    flattened,
    key,
    likeness,
    maybe_key,
    maybe_when,
    person,
    when,
)
from kikite.networks.raw import Json, an_object, maybe_object, maybe_objects, maybe_text, parse, web_address

# What a feed change is about. The others (albums, events, likes of the Page itself…) say nothing to a desk.
_POSTS = frozenset({"status", "post", "photo", "video", "share", "link"})
_REACTIONS = frozenset({"reaction", "like"})
_SAID = frozenset({"add", "edit", "edited", "update", "unhide"})
_CHANGED = frozenset({"edit", "edited", "update"})


def translate(kind: str, body: bytes, me: str) -> list[Incoming]:
    """Raises Unreadable."""
    if kind == EVENT:
        account, event = sole_event(body)
        return talk.event(event, me or account)
    if kind == CHANGE:
        return _change(body, me)
    if kind == polling.MESSAGE:
        return [talk.polled(parse(body), me, "")]
    if kind in (polling.POST, polling.COMMENT):
        return [_listed(kind, parse(body), me)]
    if kind == polling.GONE:
        return [Deletion(key(parse(body).get("id")))]
    return []


def change_key(entry: Json, change: Json) -> str:
    """The name of a change, the same that polling gives a post or a comment in that version; "" for none."""
    value = maybe_object(change, "value")
    if maybe_text(change, "field") not in ("feed", "mention"):
        return ""
    item, verb = maybe_text(value, "item"), maybe_text(value, "verb")
    name = maybe_key(value, "comment_id") or maybe_key(value, "post_id")
    if not name or item in _REACTIONS:
        return ""
    if verb == "remove":
        return f"remove:{name}"
    if verb not in ("add", "edit", "edited"):
        return ""
    kind = polling.COMMENT if maybe_key(value, "comment_id") else polling.POST
    version = f"{kind}:{name}:{likeness(value)}"
    return version if verb == "add" else f"{version}:{str(entry.get('time'))[:20]}"


# --- webhooks ---


def _change(body: bytes, me: str) -> list[Incoming]:
    entry, value = sole_change(body)
    field = maybe_text(value, "field")
    if field == "feed":
        return _feed(entry, value, me or key(entry.get("id")))
    if field == "ratings":
        return _rating(value)
    if field == "mention":
        return _mention(value, me or key(entry.get("id")))
    return []


def _feed(entry: Json, value: Json, me: str) -> list[Incoming]:
    item, verb = maybe_text(value, "item"), maybe_text(value, "verb")
    if item in _REACTIONS:
        return _reaction(value, verb)
    if item != "comment" and item not in _POSTS:
        return []
    name = key(value.get("comment_id") if item == "comment" else value.get("post_id"))
    if verb == "remove":
        return [Deletion(name, maybe_when(entry, "time"))]
    if verb not in _SAID or value.get("published") == 0:
        return []  # what we hid ourselves, and what is not public yet
    edited_at = when(entry, "time") if verb in _CHANGED else None
    made = _comment(name, value, me) if item == "comment" else _post(name, value)
    return [replace(made, edited_at=edited_at)]


def _comment(name: str, value: Json, me: str) -> Message:
    post = key(value.get("post_id"), "post_id")
    return Message(
        name,
        person(value),
        maybe_text(value, "message"),
        when(value, "created_time"),
        reply_to=maybe_key(value, "parent_id") or post,
        root=post,
        url=f"https://www.facebook.com/{name}",
        media=_hung(value),
        kind="comment",
    )


def _post(name: str, value: Json) -> Message:
    return Message(
        name,
        person(value),
        maybe_text(value, "message"),
        when(value, "created_time"),
        url=f"https://www.facebook.com/{name}",
        media=_hung(value),
        kind="post",
    )


def _hung(value: Json) -> tuple[Media, ...]:
    """Feed changes name pictures and films by address; a `link` is one of a picture where the item is a photo."""
    if film := web_address(value, "video"):
        return (Media("video", film),)
    pictures = value.get("photos")
    several = [one for one in pictures if isinstance(one, str)] if isinstance(pictures, list) else []
    single = web_address(value, "photo")
    link = web_address(value, "link")
    if maybe_text(value, "item") == "photo" and link:
        single, link = single or link, ""
    found = [Media("image", one) for one in several or [single] if one.startswith(("https://", "http://"))]
    return (*found, *((Media("card", link),) if link else ()))


def _reaction(value: Json, verb: str) -> list[Incoming]:
    target = maybe_key(value, "comment_id") or maybe_key(value, "post_id")
    if not target or verb not in ("add", "edit", "remove"):
        return []
    kind = maybe_text(value, "reaction_type") or "like"
    return [Reaction(target, person(value), kind[:40], when(value, "created_time"), verb == "remove")]


def _rating(value: Json) -> list[Incoming]:
    """A review of the Page. Comments on reviews come as comments of the feed."""
    if maybe_text(value, "item") != "rating" or maybe_text(value, "verb") not in _SAID:
        return []
    name = maybe_text(value, "reviewer_name")
    author = Author(key(value.get("reviewer_id"), "reviewer_id"), name, name)
    story = key(value.get("open_graph_story_id"), "open_graph_story_id")
    return [Message(story, author, maybe_text(value, "review_text"), when(value, "created_time"), kind="review")]


def _mention(value: Json, me: str) -> list[Incoming]:
    """Somebody named the Page in a post or comment of their own place."""
    name = maybe_key(value, "comment_id") or maybe_key(value, "post_id")
    words = maybe_text(value, "message")
    if maybe_text(value, "verb") not in ("add", "edit", "edited") or not (name and words):
        return []
    called = maybe_text(value, "sender_name")
    author = Author(key(value.get("sender_id"), "sender_id"), called, called)
    return [Message(name, author, words, when(value, "created_time"), kind="mention", names=(me,))]


# --- lists ---


def _listed(kind: str, data: Json, me: str) -> Message:
    noticed = maybe_when(data, "noticed") if data.get("noticed") else None
    told = an_object(data, kind)
    made = _listed_post(told) if kind == polling.POST else _listed_comment(told, maybe_key(data, "post"), me)
    return replace(made, edited_at=noticed)


def _listed_post(told: Json) -> Message:
    attachments = maybe_objects(maybe_object(told, "attachments"), "data")
    return Message(
        key(told.get("id")),
        person(told),
        maybe_text(told, "message"),
        when(told, "created_time"),
        url=web_address(told, "permalink_url"),
        media=attached(flattened(attachments)),
        kind="post",
    )


def _listed_comment(told: Json, post: str, me: str) -> Message:
    name = key(told.get("id"))
    root = post or post_of(name, me)
    attachment = maybe_object(told, "attachment")
    return Message(
        name,
        person(told),
        maybe_text(told, "message"),
        when(told, "created_time"),
        reply_to=maybe_key(maybe_object(told, "parent"), "id") or root,
        root=root,
        url=web_address(told, "permalink_url"),
        media=attached([attachment]) if attachment else (),
        kind="comment",
    )


def is_post(name: str, me: str) -> bool:
    """Posts on a Page are called `<Page>_<post>`, comments `<post>_<comment>`."""
    return name.startswith(f"{me}_")


def post_of(comment: str, me: str) -> str:
    head, underscore, _ = comment.partition("_")
    if not underscore:
        raise Unreadable("a comment of an unknown post")
    return f"{me}_{head}"
