"""Private messages: Messenger's and Instagram's are one platform, told by webhooks and by lists of conversations.

Both ways give the same message the same key (`mid`) and the same thread: the customer's own id, which is all that
webhooks tell of the conversation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kikite.networks.contract import (
    Author,
    Deletion,
    Incoming,
    Media,
    Message,
    Reaction,
    Seen,
    Unreadable,
    Visibility,
)
from kikite.networks.raw import Json, maybe_object, maybe_objects, maybe_text, web_address

from .reading import attached, author, key, maybe_key, maybe_when, when

UNSUPPORTED = "unsupported"
_STORY_MENTION = "story mention"
_STORY_REPLY = "story reply"


def event(data: Json, me: str) -> list[Incoming]:
    """A messaging event of a webhook, for the account `me`."""
    sender = key(maybe_object(data, "sender").get("id"), "the sender's id")
    recipient = key(maybe_object(data, "recipient").get("id"), "the recipient's id")
    if message := maybe_object(data, "message"):
        return [_message(data, message, sender, recipient, me)]
    if edit := maybe_object(data, "message_edit"):
        return [_edited(data, edit, sender, recipient, me)]
    if reaction := maybe_object(data, "reaction"):
        return [_reaction(data, reaction, sender)]
    if postback := maybe_object(data, "postback"):
        return _pressed(data, postback, sender, recipient, me)
    if maybe_object(data, "read"):
        return _seen(data, sender, me)
    return []  # deliveries, referrals, opt-ins and who holds the conversation say nothing to a desk


def _message(data: Json, message: Json, sender: str, recipient: str, me: str) -> Incoming:
    mid, at = key(message.get("mid"), "mid"), when(data, "timestamp")
    if message.get("is_deleted") is True:
        return Deletion(mid, at)
    attachments = maybe_objects(message, "attachments")
    kind, extra = _kind(message, attachments)
    return replace(
        _between(mid, sender, recipient, me, at),
        text=maybe_text(message, "text"),
        reply_to=maybe_key(maybe_object(message, "reply_to"), "mid"),
        media=attached([one for one in attachments if maybe_text(one, "type") != "story_mention"]) + extra,
        kind=kind,
    )


def _between(mid: str, sender: str, recipient: str, me: str, at: datetime) -> Message:
    """A message of one to the other; the thread is whoever is not us."""
    customer = recipient if sender == me else sender
    return Message(
        mid,
        Author(sender, ""),
        "",
        at,
        visibility=Visibility.PRIVATE,
        to=(Author(recipient, ""),),
        thread=customer,
    )


def _kind(message: Json, attachments: list[Json]) -> tuple[str, tuple[Media, ...]]:
    """What it is besides a private message, and the story that it belongs to."""
    for one in attachments:
        if maybe_text(one, "type") == "story_mention":
            return _STORY_MENTION, _story(maybe_object(one, "payload"))
    if story := maybe_object(message, "reply_to", "story"):
        return _STORY_REPLY, _story(story)
    return (UNSUPPORTED, ()) if message.get("is_unsupported") is True else ("", ())


def _story(told: Json) -> tuple[Media, ...]:
    """A story is a picture or a film, and Meta does not say which: it is linked. It is gone after a day."""
    address = web_address(told, "url") or web_address(told, "link")
    return (Media("card", address, "Story"),) if address else ()


def _edited(data: Json, edit: Json, sender: str, recipient: str, me: str) -> Message:
    """Meta does not say when it was first written; the edit is a version of what is kept, and the first if it comes
    first."""
    at = when(data, "timestamp")
    made = _between(key(edit.get("mid"), "mid"), sender, recipient, me, at)
    return replace(made, text=maybe_text(edit, "text"), edited_at=at)


def _reaction(data: Json, reaction: Json, sender: str) -> Reaction:
    kind = maybe_text(reaction, "emoji") or maybe_text(reaction, "reaction") or "reaction"
    removed = maybe_text(reaction, "action") == "unreact"
    return Reaction(key(reaction.get("mid"), "mid"), Author(sender, ""), kind[:40], when(data, "timestamp"), removed)


def _pressed(data: Json, postback: Json, sender: str, recipient: str, me: str) -> list[Incoming]:
    """A button that the customer pressed instead of writing: its words are theirs."""
    mid, title = maybe_key(postback, "mid"), maybe_text(postback, "title")
    if not mid or not title:
        return []
    made = _between(mid, sender, recipient, me, when(data, "timestamp"))
    return [replace(made, text=title, kind="button")]


def _seen(data: Json, sender: str, me: str) -> list[Incoming]:
    """Messenger tells up to when, Instagram which message; then it is the moment of the reading that counts."""
    if sender == me:
        return []
    return [Seen(sender, maybe_when(maybe_object(data, "read"), "watermark") or when(data, "timestamp"))]


def polled(data: Json, me: str, handle: str) -> Message:
    """A message of a conversation's list."""
    sender = _one(maybe_object(data, "from"), me, handle)
    to = [_one(one, me, handle) for one in maybe_objects(maybe_object(data, "to"), "data")]
    others = [one for one in (sender, *to) if one.key != me]
    if not others:
        raise Unreadable("a message between nobody but us")
    kind, extra = _polled_kind(data)
    return Message(
        key(data.get("id")),
        sender,
        maybe_text(data, "message"),
        when(data, "created_time"),
        visibility=Visibility.PRIVATE,
        to=tuple(to),
        thread=others[0].key,
        media=_polled_media(data) + extra,
        kind=kind,
    )


def _one(told: Json, me: str, handle: str) -> Author:
    """Of Instagram's lists our own account has another id than of its webhooks, but the same username."""
    found = author(told)
    return replace(found, key=me) if handle and maybe_text(told, "username") == handle else found


def _polled_kind(data: Json) -> tuple[str, tuple[Media, ...]]:
    story = maybe_object(data, "story")
    if mention := maybe_object(story, "mention"):
        return _STORY_MENTION, _story(mention)
    if reply := maybe_object(story, "reply_to"):
        return _STORY_REPLY, _story(reply)
    return (UNSUPPORTED, ()) if data.get("is_unsupported") is True else ("", ())


def _polled_media(data: Json) -> tuple[Media, ...]:
    found = attached(maybe_objects(maybe_object(data, "attachments"), "data"))
    sticker = web_address(data, "sticker")
    shares = [
        Media("card", link, maybe_text(one, "name")[:500])
        for one in maybe_objects(maybe_object(data, "shares"), "data")
        if (link := web_address(one, "link"))
    ]
    return (*found, *((Media("sticker", sticker),) if sticker else ()), *shares)
