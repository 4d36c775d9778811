"""Private messages, raw to neutral: an entry of the chat service's log, with who is in the conversation."""

from __future__ import annotations

from ..contract import Account, Author, Deletion, Incoming, Message, Reaction, Unreadable, Visibility
from . import raw
from .addresses import CONVO, is_id, whisper_key
from .media import Place, cards
from .profiles import author
from .raw import Json
from .records import quoted

REACTION = 64  # characters; by the lexicon one emoji


def translate(account: Account, data: Json, place: Place) -> list[Incoming]:
    """See `contract.Network.translate`."""
    entry = raw.an_object(data, "entry")
    kind = raw.text(entry, "$type").removeprefix(CONVO)
    convo, view = raw.text(entry, "convoId"), raw.an_object(entry, "message")
    message = raw.text(view, "id")
    if not is_id(convo) or not is_id(message):
        raise Unreadable("the private message has no name")
    key = whisper_key(convo, message)
    people = _people(account, [*raw.objects(data, "members"), *raw.objects(entry, "relatedProfiles")], place)
    if kind in ("logAddReaction", "logRemoveReaction"):
        return [_reaction(key, raw.an_object(entry, "reaction"), people, place, removed=kind == "logRemoveReaction")]
    if kind == "logDeleteMessage" or "text" not in view:
        return [Deletion(key)]
    if kind != "logCreateMessage":
        return []
    said = _message(account, key, convo, view, people, place)
    return [said, *(_reaction(key, one, people, place) for one in raw.objects(view, "reactions")[:100])]


def _message(account: Account, key: str, convo: str, view: Json, people: dict[str, Author], place: Place) -> Message:
    text, sent = view.get("text"), raw.maybe_time(view, "sentAt")
    if not isinstance(text, str):
        raise Unreadable("the private message's text is no text")
    if sent is None:
        raise Unreadable("sentAt is no time")
    by = _whom(raw.an_object(view, "sender"), people, place)
    us = people.get(account.key) or Author(account.key, account.handle)
    others = tuple(one for did, one in people.items() if did != account.key)
    answered = raw.text(raw.maybe_object(view, "replyTo"), "id")
    return Message(
        key=key,
        author=by,
        text=raw.clean(text),
        at=sent,
        visibility=Visibility.PRIVATE,
        reply_to=whisper_key(convo, answered) if is_id(answered) else "",
        quotes=quoted(raw.maybe_object(view, "embed")),
        to=others if by.key == account.key else (us,),
        thread=convo,
        url=place.conversation(convo),
        media=cards(view, {}),
    )


def _reaction(key: str, given: Json, people: dict[str, Author], place: Place, *, removed: bool = False) -> Reaction:
    at = raw.maybe_time(given, "createdAt")
    by = _whom(raw.an_object(given, "sender"), people, place)
    kind = raw.text(given, "value")[:REACTION]
    if not kind or at is None:
        raise Unreadable("the reaction has no value or no time")
    return Reaction(key, by, kind, at, removed)


def _people(account: Account, views: list[Json], place: Place) -> dict[str, Author]:
    """By DID; the first view of somebody counts."""
    found: dict[str, Author] = {}
    for view in views:
        found.setdefault(raw.did(view, "did"), author(view, place))
    return found


def _whom(sender: Json, people: dict[str, Author], place: Place) -> Author:
    did = raw.did(sender, "did")
    return people.get(did) or author({"did": did}, place)
