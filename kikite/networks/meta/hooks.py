"""Opening a webhook call of Meta's: one delivery for each thing in it, under a key that polling would give it too.

A call may hold several accounts' entries and several things each. A delivery's body is the call as it would have
come with that thing alone, to the byte where it did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping

from kikite.networks.contract import BadSignature, Delivery, Unreadable
from kikite.networks.raw import Json, as_object, maybe_object, maybe_objects, maybe_text, objects, parse

from .reading import dumped, key, maybe_key
from .signing import SIGNATURE, is_signed

CHANGE = "change"
EVENT = "event"
# Told to apps that do not hold the conversation now (`standby`), and about who holds it.
_APART = "apart"

type Namer = Callable[[Json, Json], str]


def deliveries(secret: str, headers: Mapping[str, str], body: bytes, *, thing: str, name: Namer) -> list[Delivery]:
    """What a call brought. `thing` is what `object` must say ("page"); `name` gives the key of a change (entry,
    change), "" for one that has none. Raises BadSignature, Unreadable."""
    if not is_signed(secret, body, headers.get(SIGNATURE, "")):
        raise BadSignature("the signature is not one of this app's secret over this body")
    call = parse(body)
    if call.get("object") != thing:
        raise Unreadable(f"the call is not about a {thing}")
    found = list(_things(call, name))
    if len(found) == 1:
        return [Delivery(found[0].key, found[0].kind, body, found[0].account)]
    return found


def _things(call: Json, name: Namer) -> Iterator[Delivery]:
    for entry in objects(call, "entry"):
        account = maybe_key(entry, "id")
        if not account:
            raise Unreadable("an entry is nobody's")
        for list_, kind in (("changes", CHANGE), ("messaging", EVENT), ("standby", _APART)):
            for one in objects(entry, list_):
                alone = {**call, "entry": [{"id": entry.get("id"), "time": entry.get("time"), list_: [one]}]}
                given = (name(entry, one) if kind == CHANGE else event_key(one)) if kind != _APART else ""
                body = dumped(alone)
                yield Delivery(given or f"{kind}:{hashlib.sha256(body).hexdigest()}", kind, body, account)


def event_key(event: Json) -> str:
    """A messaging event's own name; "" where it has none."""
    sender, at = maybe_key(maybe_object(event, "sender"), "id"), event.get("timestamp")
    if message := maybe_object(event, "message"):
        taken_back = "deleted" if message.get("is_deleted") is True else "message"
        return _named(taken_back, message.get("mid"))
    if edit := maybe_object(event, "message_edit"):
        return _named("edit", edit.get("mid"), edit.get("num_edit"))
    if reaction := maybe_object(event, "reaction"):
        return _named("reaction", reaction.get("mid"), sender, at)
    if postback := maybe_object(event, "postback"):
        return _named("message", postback.get("mid")) or _named("postback", sender, at)
    return _named("read", sender, at) if maybe_object(event, "read") else ""


def _named(*parts: object) -> str:
    try:
        return ":".join([str(parts[0]), *(key(part) for part in parts[1:])])
    except Unreadable:
        return ""


def sole_change(body: bytes) -> tuple[Json, Json]:
    """(entry, change's value with its `field`) of a delivery of one change."""
    entry = _sole(parse(body), "entry")
    change = _sole(entry, "changes")
    return entry, {**maybe_object(change, "value"), "field": maybe_text(change, "field")}


def sole_event(body: bytes) -> tuple[str, Json]:
    """(account, event) of a delivery of one messaging event."""
    entry = _sole(parse(body), "entry")
    return key(entry.get("id"), "the entry's id"), _sole(entry, "messaging")


def _sole(data: Json, name: str) -> Json:
    """The first of a list: a delivery holds one thing."""
    found = maybe_objects(data, name)
    if not found:
        raise Unreadable(f"{name} is empty")
    return as_object(found[0], name)
