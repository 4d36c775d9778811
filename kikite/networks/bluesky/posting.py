"""Our posts: written with a record key of our own choosing, so that the same part stands once for ever."""

from __future__ import annotations

from ..calling import later
from ..contract import (
    Absent,
    Finding,
    Later,
    Limits,
    NetworkTrouble,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Unknown,
)
from . import embeds, raw
from .addresses import POST, Address, parse, record_key
from .drafting import Stopped, check, created_at
from .facets import facets
from .limits import until
from .media import Place
from .raw import Json
from .session import STALE, Session
from .xrpc import Refusal, Reply


class Posting:
    """Writes as `us` (a DID)."""

    def __init__(self, session: Session, us: str, place: Place, limits: Limits) -> None:
        self._session = session
        self._us = us
        self._place = place
        self._limits = limits

    def send(self, part: Part) -> Outcome:
        try:
            check(part, self._limits)
            record = self._record(part)
        except Stopped as stopped:
            return stopped.outcome
        except NetworkTrouble as trouble:
            return later(trouble)
        address = self._address(part)
        reply = self._session.write("com.atproto.repo.createRecord", address.query | {"record": record})
        if not isinstance(reply, Reply):
            return reply
        if reply.ok:
            return self._sent(part)
        return self._stumbled(part, reply) if reply.status == 500 else refused(reply)

    def find(self, part: Part) -> Finding:
        try:
            standing = self._fetch(self._address(part))
        except NetworkTrouble as trouble:
            return later(trouble)
        return self._sent(part) if standing and _is(standing, part) else Absent()

    def delete(self, key: str) -> Outcome:
        address = parse(key)
        if address is None or address.did != self._us:
            return Refused(Reason.FORBIDDEN, "this is no post of ours")
        reply = self._session.write("com.atproto.repo.deleteRecord", address.query)
        if not isinstance(reply, Reply):
            return reply
        return Sent(key) if reply.ok else refused(reply)

    # --- what is sent ---

    def _record(self, part: Part) -> Json:
        """The post as a record. Raises Stopped, NetworkTrouble."""
        record: Json = {"$type": POST, "text": part.text, "createdAt": created_at(part)}
        if found := facets(part.text, self.resolve):
            record["facets"] = found
        if part.lang:
            record["langs"] = [part.lang]
        if part.reply_to:
            record["reply"] = self._reply(part.reply_to)
        if embed := embeds.embed(part, self._session, self._limits):
            record["embed"] = embed
        return record

    def resolve(self, handle: str) -> str | None:
        """Whose handle it is; None for nobody's. Raises NetworkTrouble."""
        try:
            answer = self._session.read("com.atproto.identity.resolveHandle", {"handle": handle})
        except Refusal:
            return None
        return raw.text(answer, "did") or None

    def _reply(self, key: str) -> Json:
        """The references of an answer: to the post, and to the thread's first post as that post itself names it."""
        address = parse(key)
        if address is None:
            raise Stopped(Reason.INVALID, f"{key[:100]!r} is no post")
        if self._place.app_view and address.did != self._us:
            self._may_answer(address)
        answer = self._fetch(address)
        if answer is None:
            raise Stopped(Reason.GONE, "the post that this answers was deleted")
        parent = {"uri": raw.text(answer, "uri"), "cid": raw.text(answer, "cid")}
        first = raw.maybe_object(answer, "value", "reply", "root")
        root = {"uri": raw.text(first, "uri"), "cid": raw.text(first, "cid")}
        return {"parent": parent, "root": root if parse(root["uri"]) and root["cid"] else parent}

    def _may_answer(self, address: Address) -> None:
        """What the app view says of us and the author. Raises Stopped."""
        answer = self._session.read("app.bsky.feed.getPosts", {"uris": [str(address)]})
        for post in raw.objects(answer, "posts"):
            if raw.maybe_object(post, "author", "viewer").get("blockedBy") is True:
                raise Stopped(Reason.BLOCKED, "the author blocks us")
            if raw.maybe_object(post, "viewer").get("replyDisabled") is True:
                raise Stopped(Reason.FORBIDDEN, "the author does not let us answer this post")
            return
        if self._fetch(address) is not None:
            raise Stopped(Reason.BLOCKED, "the network does not show us this post: one of us blocks the other")

    # --- what stands ---

    def _address(self, part: Part) -> Address:
        return Address(self._us, POST, record_key(part.key, part.written_at))

    def _sent(self, part: Part) -> Sent:
        address = self._address(part)
        return Sent(str(address), self._place.page(address), part.written_at)

    def _fetch(self, address: Address) -> Json | None:
        """A record with its CID, or None where it stands no longer. Raises NetworkTrouble."""
        try:
            return self._session.read("com.atproto.repo.getRecord", address.query)
        except Refusal:
            return None

    def _stumbled(self, part: Part, reply: Reply) -> Outcome:
        """A record key that is taken is answered with a plain 500 (seen in @atproto/pds 0.4), like any other mishap."""
        try:
            standing = self._fetch(self._address(part))
        except NetworkTrouble as trouble:
            return Unknown(str(trouble))
        if standing is None:
            return Unknown(reply.said)
        if _is(standing, part):
            return self._sent(part)
        return Refused(Reason.INVALID, "another post of ours has this record key: write the reply again")


def _is(standing: Json, part: Part) -> bool:
    """Whether what stands is this very part."""
    value = raw.maybe_object(standing, "value")
    parent = raw.maybe_object(value, "reply", "parent").get("uri", "")
    return (value.get("text"), value.get("createdAt"), parent) == (part.text, created_at(part), part.reply_to)


def refused(reply: Reply) -> Refused | Later | Unknown:
    """What an answer other than 200 means for a write."""
    if reply.status == 429:
        return Later(Reason.RATE_LIMITED, until(reply.headers), reply.said)
    if reply.status == 401 or reply.error in STALE:
        return Later(Reason.UNAUTHORISED, detail=reply.said)
    if reply.status >= 500:
        return Unknown(reply.said)
    if reply.status < 400 or reply.status in (404, 405):
        return Later(Reason.UNAVAILABLE, detail=reply.said)  # no AT Protocol server stands at this address, or not yet
    if reply.status == 403 or reply.error in ("AccountTakedown", "AccountDeactivated"):
        return Refused(Reason.FORBIDDEN, reply.said)
    too_long = reply.status == 413 or "too big" in reply.said or "too long" in reply.said
    return Refused(Reason.TOO_LONG if too_long else Reason.INVALID, reply.said)
