"""Private messages of X, in the two shapes that it tells them in, and the encrypted ones that it only announces."""

from __future__ import annotations

from kikite.networks import raw
from kikite.networks.contract import Author, Message, Seen, Unreadable, Visibility
from kikite.networks.raw import Json

from . import media_in
from .people import author, person
from .raw import Includes, born, maybe_number, number, numbers
from .wording import plain

MESSAGES = "https://x.com/messages"


def conversation(one: str, other: str) -> str:
    """The id that X gives to a conversation of two: events do not tell it, but it follows from who takes part."""
    return "-".join(sorted((one, other), key=int))


def compose(recipient: str) -> str:
    """Where a person goes on with the conversation, in X itself."""
    return f"{MESSAGES}/compose?recipient_id={recipient}" if recipient else MESSAGES


def polled(event: Json, includes: Includes, api: str) -> Message | None:
    """A "dm_event" of the API at the address `api`. None for joining and leaving a group."""
    if raw.maybe_text(event, "event_type") not in ("", "MessageCreate"):
        return None
    key, sender = number(event.get("id")), number(event.get("sender_id"), "sender_id")
    thread = raw.identifier(event.get("dm_conversation_id"), "dm_conversation_id")
    urls = raw.maybe_objects(raw.maybe_object(event, "entities"), "urls")
    at = raw.maybe_time(event, "created_at") or born(key)
    if at is None:
        raise Unreadable("created_at is no time")
    return Message(
        key=key,
        author=person(sender, includes),
        text=plain(raw.text(event, "text"), urls, _pictures(urls)),
        at=at,
        visibility=Visibility.PRIVATE,
        to=tuple(person(other, includes) for other in _others(event, thread, sender)),
        thread=thread,
        media=media_in.reachable(media_in.attached(event, includes), api),
    )


def _others(event: Json, thread: str, sender: str) -> list[str]:
    """Who else takes part: in a conversation of two its id names them, in a group the participants."""
    one, dash, other = thread.partition("-")
    everybody = [maybe_number(one), maybe_number(other)] if dash else numbers(event.get("participant_ids"))
    return [key for key in everybody if key and key != sender]


def told(event: Json, people: dict[str, Author], api: str) -> Message | None:
    """An event of API 1.1, as webhooks and streams carry it. None for what is no message."""
    if raw.maybe_text(event, "type") != "message_create":
        return None
    created = raw.an_object(event, "message_create")
    sender = number(created.get("sender_id"), "sender_id")
    recipient = number(raw.an_object(created, "target").get("recipient_id"), "recipient_id")
    data = raw.an_object(created, "message_data")
    urls = raw.maybe_objects(raw.maybe_object(data, "entities"), "urls")
    return Message(
        key=number(event.get("id")),
        author=people.get(sender) or Author(sender, ""),
        text=plain(raw.text(data, "text"), urls, _pictures(urls)),
        at=raw.epoch(event, "created_timestamp", 1000),
        visibility=Visibility.PRIVATE,
        to=(people.get(recipient) or Author(recipient, ""),),
        thread=conversation(sender, recipient),
        media=media_in.reachable(media_in.legacy(raw.maybe_object(data, "attachment")), api),
    )


def _pictures(urls: list[Json]) -> list[str]:
    """Links to what stands beside the text."""
    links = [raw.maybe_text(url, "expanded_url") for url in urls]
    return [link for link in links if "/messages/media/" in link]


def people_of(payload: Json) -> dict[str, Author]:
    """Those whom an event names in its "users", by their ids."""
    found = {}
    for key, user in raw.maybe_object(payload, "users").items():
        data = raw.maybe_object(user, "data") or user if isinstance(user, dict) else {}
        if maybe_number(data.get("id")) == key:
            found[key] = author(data)
    return found


def read_up_to(event: Json) -> Seen:
    """A read receipt, as API 1.1 told it."""
    return Seen(number(event.get("sender_id"), "sender_id"), raw.epoch(event, "created_timestamp", 1000))


def sealed(payload: Json, me: str) -> Message:
    """An encrypted message: who wrote it and when, and where it can be read and answered."""
    sender = number(payload.get("sender_id"), "sender_id")
    told = raw.text(payload, "conversation_id").replace(":", "-")
    pair = [maybe_number(key) for key in told.split("-")]
    others = [key for key in pair if key and key != sender] if len(pair) == 2 else []
    return Message(
        key=raw.identifier(payload.get("id")),
        author=Author(sender, ""),
        text="",
        at=raw.epoch(payload, "created_at_msec", 1000),
        visibility=Visibility.PRIVATE,
        to=tuple(Author(key, "") for key in others),
        thread=conversation(sender, others[0]) if others else raw.identifier(told, "conversation_id"),
        url=compose(next((key for key in (sender, *others) if key != me), "")),
        sealed=True,
    )
