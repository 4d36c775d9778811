"""Likes, and answers below our own posts that we hide: records of ours, each of which stands once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ..calling import later
from ..contract import Moderation, NetworkTrouble, Outcome, Reason, Refused, Sent
from . import raw
from .addresses import LIKE, THREADGATE, Address, parse, subject_key
from .posting import refused
from .raw import Json
from .session import Session
from .xrpc import Refusal, Reply

HIDDEN = 300  # answers that one thread can hide, by the lexicon app.bsky.feed.threadgate
TRIES = 3  # somebody else may change the thread's rules at the same moment


class _No(Exception):
    """It cannot be done; `outcome` says why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.outcome = Refused(reason, detail)


class Moderating:
    """Acts as `us` (a DID)."""

    def __init__(self, session: Session, us: str, *, app_view: bool) -> None:
        self._session = session
        self._us = us
        self._app_view = app_view

    def act(self, key: str, act: Moderation) -> Outcome:
        address = parse(key)
        if address is None or not address.is_post:
            return Refused(Reason.FORBIDDEN, "on Bluesky this can be done with posts only")
        acts: dict[Moderation, Callable[[Address], Outcome]] = {
            Moderation.LIKE: self._like,
            Moderation.UNLIKE: self._unlike,
            Moderation.HIDE: lambda post: self._hide(post, hidden=True),
            Moderation.UNHIDE: lambda post: self._hide(post, hidden=False),
        }
        if act not in acts:
            return Refused(Reason.FORBIDDEN, "on Bluesky posts are deleted by their authors only")
        try:
            return acts[act](address)
        except _No as no:
            return no.outcome
        except Refusal as refusal:
            return refused(refusal.reply)
        except NetworkTrouble as trouble:
            return later(trouble)

    # --- likes ---

    def _like(self, post: Address) -> Outcome:
        if self._likes(post):
            return Sent(str(post))
        subject = self._standing(post)
        like = {"$type": LIKE, "createdAt": _now(), "subject": {"uri": str(post), "cid": raw.text(subject, "cid")}}
        reply = self._session.write("com.atproto.repo.putRecord", self._slot(post).query | {"record": like})
        return self._done(post, reply)

    def _unlike(self, post: Address) -> Outcome:
        outcome: Outcome = Sent(str(post))
        for like in self._likes(post):
            outcome = self._done(post, self._session.write("com.atproto.repo.deleteRecord", like.query))
            if not isinstance(outcome, Sent):
                break
        return outcome

    def _slot(self, post: Address) -> Address:
        """Where a like of ours stands: one address a post, so that it cannot stand twice."""
        return Address(self._us, LIKE, subject_key(str(post)))

    def _likes(self, post: Address) -> list[Address]:
        """Our likes of the post that stand: the one that Kikite gave, and what the app view tells of another app's."""
        found = [self._slot(post)]
        if self._app_view:
            answer = self._session.read("app.bsky.feed.getPosts", {"uris": [str(post)]})
            told = [parse(raw.maybe_object(one, "viewer").get("like")) for one in raw.objects(answer, "posts")]
            found += [like for like in told if like is not None and like.did == self._us]
        return [like for like in dict.fromkeys(found) if self._record(like) is not None]

    # --- hiding answers ---

    def _hide(self, post: Address, *, hidden: bool) -> Outcome:
        first = parse(raw.maybe_object(self._standing(post), "value", "reply", "root").get("uri"))
        if first is None or first.did != self._us:
            return Refused(Reason.FORBIDDEN, "on Bluesky only answers below our own posts can be hidden")
        for _ in range(TRIES):
            reply = self._rule(first, post, hidden=hidden)
            if not (isinstance(reply, Reply) and reply.error == "InvalidSwap"):
                break
        return self._done(post, reply)

    def _rule(self, first: Address, post: Address, *, hidden: bool) -> Reply | Outcome:
        """Change the list of hidden answers of the thread that begins with `first`. What else its rules say stays."""
        gate = Address(self._us, THREADGATE, first.rkey)
        standing = self._record(gate) or {}
        rules = raw.maybe_object(standing, "value") or {"$type": THREADGATE, "post": str(first), "createdAt": _now()}
        before = [uri for uri in rules.get("hiddenReplies") or [] if isinstance(uri, str)]
        after = [uri for uri in before if uri != str(post)] + ([str(post)] if hidden else [])
        if set(after) == set(before):
            return Sent(str(post))
        if len(after) > HIDDEN:
            return Refused(Reason.INVALID, f"a thread on Bluesky hides at most {HIDDEN} answers")
        swap = raw.text(standing, "cid") or None
        record = {**rules, "hiddenReplies": after}
        return self._session.write("com.atproto.repo.putRecord", {**gate.query, "record": record, "swapRecord": swap})

    # --- what stands ---

    def _standing(self, post: Address) -> Json:
        record = self._record(post)
        if record is None:
            raise _No(Reason.GONE, "the post was deleted")
        return record

    def _record(self, address: Address) -> Json | None:
        try:
            return self._session.read("com.atproto.repo.getRecord", address.query)
        except Refusal:
            return None

    def _done(self, post: Address, reply: Reply | Outcome) -> Outcome:
        if not isinstance(reply, Reply):
            return reply
        return Sent(str(post)) if reply.ok else refused(reply)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
