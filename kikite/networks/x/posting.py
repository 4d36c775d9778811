"""Writing: posts, answers, private messages, taking back, hiding and liking."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from kikite.lib.http import Answer
from kikite.networks import raw
from kikite.networks.calling import later, lost
from kikite.networks.contract import (
    Moderation,
    NetworkTrouble,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
    Unreadable,
    Urgency,
    Visibility,
)
from kikite.networks.counting import weight
from kikite.networks.raw import Json
from kikite.networks.text.links import links

from . import limits, outcomes
from .abilities import LIMITS, enterprise
from .api import Api
from .finding import find
from .limits import Limit
from .media import NotUploaded, upload
from .raw import born, maybe_number, number


def send(api: Api, part: Part) -> Outcome:
    """Post the part. Where X says that the words stand already, they are looked for: an answer of ours got lost."""
    private = part.visibility is Visibility.PRIVATE
    refused = _unsendable(part)
    if refused is not None:
        return refused
    try:
        media = upload(api, part.media, private=private)
    except NotUploaded as problem:
        return problem.outcome
    outcome = _whisper(api, part, media) if private else _post(api, part, media)
    if isinstance(outcome, Refused) and outcome.reason is Reason.DUPLICATE:
        found = find(api, part, ())
        return found if isinstance(found, Sent) else outcome
    return outcome


def _unsendable(part: Part) -> Refused | None:
    private = part.visibility is Visibility.PRIVATE
    if private and not _destination(part):
        return Refused(Reason.INVALID, "A private message needs somebody to go to.")
    if private and len(part.text) > (LIMITS.private_length or 0):
        return Refused(Reason.TOO_LONG, f"At most {LIMITS.private_length} characters.")
    if not private and weight(part.text, LIMITS) > LIMITS.length:
        return Refused(Reason.TOO_LONG, f"At most {LIMITS.length} characters, as X counts.")
    if part.reply_to and not private and not maybe_number(part.reply_to):
        return Refused(Reason.INVALID, "What it answers is no post of X.")
    if len(part.media) > ((LIMITS.private_media or 0) if private else LIMITS.media):
        return Refused(Reason.MEDIA, "X takes one file with a direct message, and four pictures with a post.")
    return None


def _post(api: Api, part: Part, media: list[str]) -> Outcome:
    data: Json = {"text": part.text}
    if part.reply_to:
        data["reply"] = {"in_reply_to_tweet_id": part.reply_to}
    if media:
        data["media"] = {"media_ids": media}
    if not part.text and media:
        del data["text"]
    outcome = _write(api, "POST", "/2/tweets", limits.POST, data, _posted)
    if isinstance(outcome, Sent):
        api.meter.spent(_price(api, part), [outcome.key])
    return outcome


def _posted(answer: Answer) -> Sent:
    key = number(raw.an_object(raw.parse(answer.body), "data").get("id"))
    return Sent(key, f"https://x.com/i/status/{key}", born(key))


def _price(api: Api, part: Part) -> str:
    """Only summoned answers cost less; a link costs most."""
    if part.reply_to and not enterprise(api.account):
        return "post.summoned"
    return "post.link" if links(part.text) else "post.create"


def _destination(part: Part) -> str:
    """To one person by their id; into a group by the conversation's, which is a plain number."""
    if maybe_number(part.thread):
        return f"/2/dm_conversations/{part.thread}/messages"
    person = maybe_number(part.to.key) if part.to else ""
    return f"/2/dm_conversations/with/{person}/messages" if person else ""


def _whisper(api: Api, part: Part, media: list[str]) -> Outcome:
    data: Json = {"text": part.text} if part.text else {}
    if media:
        data["attachments"] = [{"media_id": key} for key in media]
    limit = limits.SEND_GROUP_DM if maybe_number(part.thread) else limits.SEND_DM
    outcome = _write(api, "POST", _destination(part), limit, data, _whispered)
    if isinstance(outcome, Sent):
        api.meter.spent("dm.create", [outcome.key])
    return outcome


def _whispered(answer: Answer) -> Sent:
    key = number(raw.an_object(raw.parse(answer.body), "data").get("dm_event_id"))
    return Sent(key, at=born(key))


def delete(api: Api, key: str) -> Outcome:
    """Ids do not tell posts from private messages: what X shows as no post is deleted among the messages."""
    if not maybe_number(key):
        return Refused(Reason.INVALID, "This is nothing of X.")
    try:
        standing = api.read("/2/tweets", limits.POSTS, {"ids": key}, Urgency.SENDING)
    except NetworkTrouble as trouble:
        return later(trouble)
    api.charge("post.read", standing)
    if standing.get("data"):
        outcome = _write(api, "DELETE", f"/2/tweets/{key}", limits.DELETE, None, lambda _: Sent(key))
    else:
        outcome = _write(api, "DELETE", f"/2/dm_events/{key}", limits.DELETE_DM, None, lambda _: Sent(key))
    if isinstance(outcome, Refused) and outcome.reason is Reason.GONE:
        return Sent(key)
    return _charged(api, "delete", key, outcome)


def moderate(api: Api, key: str, act: Moderation) -> Outcome:
    """Hide or like a customer's post."""
    if not maybe_number(key):
        return Refused(Reason.INVALID, "This is no post of X.")
    try:
        me = api.me
    except NetworkTrouble as trouble:
        return later(trouble)
    acts: Mapping[Moderation, tuple[str, str, Limit, Json | None]] = {
        Moderation.HIDE: ("PUT", f"/2/tweets/{key}/hidden", limits.HIDE, {"hidden": True}),
        Moderation.UNHIDE: ("PUT", f"/2/tweets/{key}/hidden", limits.HIDE, {"hidden": False}),
        Moderation.LIKE: ("POST", f"/2/users/{me}/likes", limits.LIKE, {"tweet_id": key}),
        Moderation.UNLIKE: ("DELETE", f"/2/users/{me}/likes/{key}", limits.UNLIKE, None),
    }
    if act not in acts:
        return Refused(Reason.FORBIDDEN, "X lets nobody delete the posts of others.")
    method, path, limit, data = acts[act]
    outcome = _write(api, method, path, limit, data, lambda _: Sent(key))
    if isinstance(outcome, Refused) and _was_so(act, outcome):
        return Sent(key)
    return _charged(api, "hide" if act in (Moderation.HIDE, Moderation.UNHIDE) else "like", key, outcome)


def _was_so(act: Moderation, refused: Refused) -> bool:
    """X refuses to like twice what it takes for granted otherwise."""
    said = refused.detail.lower()
    return act in (Moderation.LIKE, Moderation.HIDE, Moderation.UNHIDE) and "already" in said


def _write(
    api: Api, method: str, path: str, limit: Limit, data: Json | None, stands: Callable[[Answer], Sent]
) -> Outcome:
    """One request that changes something, and what came of it. An answer that cannot be read leaves that open."""
    try:
        answer = api.ask(method, path, limit, data=data, urgency=Urgency.SENDING)
    except httpx.TransportError as error:
        return lost(error)
    except NetworkTrouble as trouble:
        return later(trouble)
    if answer.status // 100 != 2:
        return outcomes.refusal(answer)
    try:
        return stands(answer)
    except Unreadable as error:
        return Unknown(f"X took it, but its answer is unreadable: {error}")


def _charged(api: Api, what: str, key: str, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Sent):
        api.meter.spent(what, [key])
    return outcome
