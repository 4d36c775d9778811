"""A signed-in conversation with Instagram for one professional account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from kikite.networks.base import BaseConnection
from kikite.networks.calling import later
from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Budget,
    Delivery,
    Finding,
    Forbidden,
    Identity,
    Media,
    Meter,
    Moderation,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    RateLimited,
    Reason,
    Refused,
    Sent,
    Signal,
    Unauthorised,
    Unknown,
    Unreadable,
    Urgency,
)
from kikite.networks.meta import errors, polling
from kikite.networks.meta.files import NotUploaded
from kikite.networks.meta.graph import Caller, Graph, elements
from kikite.networks.meta.letters import EARLIER, Letters, Post
from kikite.networks.meta.reading import author, key, maybe_key, segment, when
from kikite.networks.meta.writing import TooMany, private, remove, write
from kikite.networks.raw import Json, maybe_object, maybe_text

from .limits import LIMITS, MESSAGE_BYTES, length
from .lists import COMMENT_FIELDS, MESSAGE_FIELDS, Lists
from .signin import PERMISSIONS, USER_FIELDS, account_author

FIELDS = "comments,live_comments,mentions,messages,message_reactions,messaging_postbacks,messaging_seen"
# What is taken to be left of a token whose end nobody told: it is renewed as soon as it may be, a day old.
UNTOLD = timedelta(days=31)
_LOOKED_BACK = 20  # pages of answers to a comment


class InstagramConnection(BaseConnection):
    """See `contract.Connection`."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self.timeout = timeout
        self._account = account
        buckets = (f"app/{account.secrets.get('app_id', '')}", f"use/{account.key}/instagram") if account.key else ()
        caller = Caller(account.secrets.get("access_token", ""), buckets=buckets)
        self._graph = Graph(account.base_url, caller, timeout, meter, self._told)
        self._me = account.key
        self._lists = Lists(self._graph, self._me)
        post = Post(
            self._me, account.handle, self._lists.conversations, self._lists.conversation_query, MESSAGE_FIELDS,
            self._lists.newest_messages, {}, _no_files,
        )  # fmt: skip
        self._letters = Letters(self._graph, post)

    def _told(self, budget: Budget) -> None:
        self.budget = budget

    def close(self) -> None:
        self._graph.close()

    # --- who we are ---

    def identify(self) -> Identity:
        found = account_author(self._graph.read("/me", {"fields": USER_FIELDS}))
        return Identity(found, missing=tuple(self._lacking(found.key)), expires_at=datetime.now(UTC) + UNTOLD)

    def _lacking(self, me: str) -> Iterator[str]:
        """Instagram does not tell what a token may do, so each is tried. Comments cannot be while there are no
        posts."""
        comments, messages = PERMISSIONS[1].name, PERMISSIONS[2].name
        media = elements(self._graph.read(f"/{me}/media", {"fields": "id", "limit": "1"}))
        if media and not self._may(f"/{segment(key(media[0].get('id')))}/comments", {"limit": "1"}):
            yield comments
        if not self._may(f"/{me}/conversations", {"platform": "instagram", "limit": "1"}):
            yield messages

    def _may(self, path: str, query: Mapping[str, str]) -> bool:
        try:
            self._graph.read(path, query)
        except Forbidden:
            return False
        return True

    def subscribe(self, hook: str) -> Mapping[str, object]:
        """Has the account's things told to the app. Where the app is called, only its dashboard says (see the steps of
        connecting)."""
        wanted = {"subscribed_fields": FIELDS}
        self._graph.told(lambda: self._graph.ask("POST", f"/{self._me}/subscribed_apps", data=wanted))
        return {"fields": FIELDS}

    def unsubscribe(self) -> None:
        self._graph.told(lambda: self._graph.ask("DELETE", f"/{self._me}/subscribed_apps"))

    # --- reading ---

    def poll(self, cursor: str) -> Page:
        return polling.Poll(self._graph, self._lists, cursor).page()

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        looked = list(self._lists.look([name for name in keys if not _is_message(name)]))
        now = self._graph.now()
        found = [polling.gone(name) if item is None else polling.refreshed(item, now) for name, item in looked]
        messages = [self._refreshed(name) for name in keys if _is_message(name)]
        return (*found, *(one for one in messages if one is not None))

    def _refreshed(self, name: str) -> Delivery | None:
        """A message that the list no longer shows may only be older than the newest twenty: nothing follows."""
        try:
            return polling.message(self._graph.read(f"/{segment(name)}", {"fields": MESSAGE_FIELDS}))
        except (errors.Missing, errors.Misasked, Unreadable):
            return None

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        """Of people who wrote to us. Instagram tells nothing of others."""
        return [found for name in keys if (found := self._profile(name)) is not None]

    def _profile(self, name: str) -> Author | None:
        try:
            data = self._graph.read(f"/{segment(name)}", {"fields": "name,username,profile_pic,follower_count"})
            found = author({**data, "id": name})
        except (Unauthorised, RateLimited):
            raise
        except (NetworkTrouble, Unreadable):
            return None
        followers = data.get("follower_count")
        return Author(
            found.key, found.handle, found.name, found.avatar, f"https://www.instagram.com/{found.handle}/",
            followers if isinstance(followers, int) and not isinstance(followers, bool) else None,
        )  # fmt: skip

    # --- writing ---

    def send(self, part: Part) -> Outcome:
        if part.media:
            return Refused(Reason.MEDIA, "Instagram takes files by a public address alone, and ours have none.")
        if private(part):
            too_long = len(part.text.encode()) > MESSAGE_BYTES
            return _TOO_LONG if too_long else self._letters.send(part)
        if length(part.text) > LIMITS.length:
            return _TOO_LONG
        if not part.reply_to:
            return Refused(Reason.INVALID, "On Instagram, words of ours stand under a post or a comment.")
        outcome = self._comment(part)
        gone = isinstance(outcome, Refused) and outcome.reason is Reason.GONE
        return self._mention(part) if gone and part.root else outcome

    def _comment(self, part: Part) -> Outcome:
        """On our own media."""
        edge = "comments" if part.reply_to == part.root else "replies"
        return write(self._graph, "POST", f"/{segment(part.reply_to)}/{edge}", {"message": part.text}, Sent)

    def _mention(self, part: Part) -> Outcome:
        """On somebody else's media, where we were named. It was no comment of ours to answer: that one was refused."""
        data = {"media_id": part.root, "message": part.text}
        data |= {"comment_id": part.reply_to} if part.reply_to != part.root else {}
        return write(self._graph, "POST", f"/{self._me}/mentions", data, Sent)

    def delete(self, key: str) -> Outcome:
        if _is_message(key):
            return Refused(Reason.FORBIDDEN, "Instagram lets no app take a message back.")
        return remove(self._graph, key)

    def moderate(self, key: str, act: Moderation) -> Outcome:
        if act is Moderation.DELETE:
            return self.delete(key)
        if act not in (Moderation.HIDE, Moderation.UNHIDE):
            return Refused(Reason.FORBIDDEN, "Instagram lets no app like comments.")
        hidden = {"hide": "true" if act is Moderation.HIDE else "false"}
        outcome = write(self._graph, "POST", f"/{segment(key)}", hidden)
        return Sent(key) if isinstance(outcome, Sent) else outcome

    def signal(self, to: Author, thread: str, signal: Signal) -> None:
        self._letters.signal(to, signal)

    # --- looking up ---

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Our comment with this part's words, in its place, not older than the part, and known to be no other part."""
        if private(part):
            return self._letters.find(part, taken)
        try:
            same = [one for one in self._ours(part) if maybe_key(one, "id") not in taken]
            return Sent(key(same[0].get("id")), "", when(same[0], "timestamp")) if same else Absent()
        except errors.Missing:
            return self._unseen(part)
        except TooMany:
            return Unknown("More was said since than can be looked through.")
        except Unreadable as error:
            return Unknown(f"The server's answer is unreadable: {error}")
        except NetworkTrouble as trouble:
            return later(trouble)

    def _unseen(self, part: Part) -> Finding:
        """What it answers is gone, and its answers with it; or it stands on somebody else's media, whose comments
        Instagram shows to nobody but them."""
        try:
            ((_, item),) = self._lists.look([part.reply_to])
        except NetworkTrouble as trouble:
            return later(trouble)
        return Absent() if item is None else Unknown("It answers a mention: Instagram does not show what stands there.")

    def _ours(self, part: Part) -> Iterator[Json]:
        """Our comments with the part's words since it was written, oldest first. Answers to an answer hang on the
        comment above it."""
        for one in self._answers(part):
            since = self._graph.there(part.written_at) - EARLIER
            ours = self._account.handle in (
                maybe_text(one, "username"),
                maybe_text(maybe_object(one, "from"), "username"),
            )
            if ours and maybe_text(one, "text").strip() == part.text.strip() and when(one, "timestamp") >= since:
                yield one

    def _answers(self, part: Part) -> Iterator[Json]:
        place, edge = part.reply_to, "comments"
        if part.reply_to != part.root:
            above = self._graph.read(f"/{segment(place)}", {"fields": "id,parent_id"}, urgency=Urgency.SENDING)
            place, edge = maybe_key(above, "parent_id") or place, "replies"
        query, after = {"fields": COMMENT_FIELDS, "limit": "100"}, ""
        path = f"/{segment(place)}/{edge}"
        for page, following in self._graph.pages(path, query, most=_LOOKED_BACK, urgency=Urgency.SENDING):
            yield from page
            after = following
        if after:
            raise TooMany


_TOO_LONG = Refused(Reason.TOO_LONG, "This is longer than Instagram takes.")


def _no_files(medium: Media) -> Mapping[str, object]:
    raise NotUploaded(Refused(Reason.MEDIA, "Instagram takes files by a public address alone, and ours have none."))


def _is_message(name: str) -> bool:
    """Comments and media are called by numbers."""
    return not name.isdecimal()
