"""What becomes of the posts that we know: the app view tells it only to whoever asks.

A post that its author takes back vanishes from the notifications without a word, and an author who goes on below
their own post names us no more, so nobody is notified. The newest posts are asked for in turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from ..contract import Delivery
from . import raw
from .addresses import POST, Address, parse
from .people import ASKED
from .raw import Json
from .session import Session
from .xrpc import Refusal

WATCHED = 200

# Posts ("did/rkey") in the order in which it is their turn, each with the number of answers that we have seen.
type Watch = Mapping[str, int]


class Watching:
    """As `us` (a DID) sees the posts."""

    def __init__(self, session: Session, us: str) -> None:
        self._session = session
        self._us = us

    def turn(self, watch: Watch) -> tuple[list[Delivery], Watch]:
        """Ask for the posts whose turn it is; what is news, and the watch with them at its end."""
        turn = list(watch)[:ASKED]
        shown = self.posts(map(long, turn))
        news: list[Delivery] = []
        after = {short: count for short, count in watch.items() if short not in turn}
        for short in turn:
            post = shown.get(long(short))
            if post is None and self._is_gone(short):
                news.append(gone(long(short)))
                continue
            after[short] = watch[short]
            answers = (raw.count(post, "replyCount") if post else None) or 0
            if post is not None and answers > watch[short]:
                after[short] = answers
                news += self._going_on(short, watch)
        return news, after

    def posts(self, uris: Iterable[str]) -> dict[str, Json]:
        """Those of the posts that the app view shows us, by at-uri. Raises NetworkTrouble."""
        wanted = list(uris)
        found: dict[str, Json] = {}
        for start in range(0, len(wanted), ASKED):
            answer = self._session.read("app.bsky.feed.getPosts", {"uris": wanted[start : start + ASKED]})
            found |= {raw.text(post, "uri"): post for post in raw.objects(answer, "posts")}
        return found

    def _is_gone(self, short: str) -> bool:
        """The app view also hides posts of people who block us, and is late with new ones: only a repository knows."""
        address = parse(long(short))
        if address is None:
            return True
        try:
            self._session.read("com.atproto.repo.getRecord", address.query)
        except Refusal:
            return True
        return False

    def _going_on(self, short: str, watch: Watch) -> list[Delivery]:
        """What the author of a customer's post answered to it themselves."""
        did = short.partition("/")[0]
        if did == self._us:
            return []
        query: dict[str, str | int] = {"uri": long(short), "depth": 1, "parentHeight": 0}
        try:
            thread = raw.maybe_object(self._session.read("app.bsky.feed.getPostThread", query), "thread")
        except Refusal:
            return []
        posts = [raw.maybe_object(answer, "post") for answer in raw.objects(thread, "replies")]
        own = [post for post in posts if raw.text(raw.maybe_object(post, "author"), "did") == did]
        return [
            told("post", f"post {post.get('uri')} {post.get('cid')}", post) for post in own if name(post) not in watch
        ]


def name(record: Json) -> str:
    """The address of a post as the watch has it; "" for anything else."""
    address = parse(record.get("uri"))
    return f"{address.did}/{address.rkey}" if address and address.is_post else ""


def long(short: str) -> str:
    did, _, rkey = short.partition("/")
    return str(Address(did, POST, rkey))


def rkey(short: str) -> str:
    return short.partition("/")[2]


def newest(watch: Watch, new: Sequence[str]) -> dict[str, int]:
    """The watch with `new` posts at its end: at most WATCHED of them, the newest by their record keys."""
    everything = {**watch, **{short: 0 for short in new if short and short not in watch}}
    kept = set(sorted(everything, key=rkey)[-WATCHED:])
    return {short: count for short, count in everything.items() if short in kept}


def told(kind: str, key: str, body: Json) -> Delivery:
    return Delivery(key[:500], kind, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))


def gone(key: str) -> Delivery:
    """A post that stands no longer, as we saw now."""
    return told("gone", f"gone {key}", {"uri": key, "time": datetime.now(UTC).isoformat()})
