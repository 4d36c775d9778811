"""A signed-in conversation with Facebook for one Page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from urllib.parse import urlencode

import httpx

from kikite.lib.http import Answer
from kikite.networks.base import BaseConnection
from kikite.networks.calling import later, lost
from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Budget,
    Delivery,
    Finding,
    Identity,
    Media,
    Meter,
    Moderation,
    NetworkTrouble,
    Outcome,
    Page,
    Part,
    Reason,
    Refused,
    Sent,
    Signal,
    Unauthorised,
    Unknown,
    Unreadable,
    Urgency,
)
from kikite.networks.meta import errors, files, polling
from kikite.networks.meta.files import NotUploaded
from kikite.networks.meta.graph import Caller, Graph
from kikite.networks.meta.letters import EARLIER, Letters, Post, uploaded_later
from kikite.networks.meta.reading import author, key, maybe_key, segment, when
from kikite.networks.meta.signing import verify_token
from kikite.networks.meta.writing import TooMany, private, remove, write
from kikite.networks.raw import Json, maybe_object, maybe_text, parse

from .limits import LIMITS, length
from .lists import BATCH, COMMENT_FIELDS, MESSAGE_FIELDS, POST_FIELDS, Lists
from .signin import PAGE_FIELDS, inspected, missing, page_author
from .translate import is_post, post_of

# What the Page tells us of. Echoes are what was written in Messenger itself.
FIELDS = (
    "feed,mention,ratings,messages,message_echoes,message_edits,message_reads,message_reactions,messaging_postbacks"
)
_LOOKED_BACK = 10  # pages of comments, or of the Page's own posts
_LIKES = {Moderation.LIKE: "POST", Moderation.UNLIKE: "DELETE"}


class FacebookConnection(BaseConnection):
    """See `contract.Connection`."""

    def __init__(self, account: Account, timeout: float, meter: Meter) -> None:
        self.timeout = timeout
        self._account = account
        secrets = account.secrets
        buckets = (f"app/{secrets.get('app_id', '')}", f"use/{account.key}/pages") if account.key else ()
        caller = Caller(secrets.get("page_token", ""), secrets.get("app_secret", ""), buckets)
        self._graph = Graph(account.base_url, caller, timeout, meter, self._told)
        self._me = account.key
        self._lists = Lists(self._graph, self._me)
        query = self._lists.conversation_query
        post = Post(
            self._me, "", self._lists.conversations, query, MESSAGE_FIELDS, None, {"messaging_type": "RESPONSE"},
            self._upload,
        )  # fmt: skip
        self._letters = Letters(self._graph, post)

    def _told(self, budget: Budget) -> None:
        self.budget = budget

    def close(self) -> None:
        self._graph.close()

    # --- who we are ---

    def identify(self) -> Identity:
        token = inspected(self._graph, self._account, self._account.secrets.get("page_token", ""))
        if not token.valid:
            raise Unauthorised(token.words or "Facebook says that this token is not valid.")
        if token.kind and token.kind != "PAGE":
            raise Unauthorised("This is the token of a person or an app. Take the Page's own.")
        page = self._graph.read("/me", {"fields": PAGE_FIELDS})
        return Identity(page_author(page), missing=missing(token.scopes), expires_at=token.expires_at)

    def subscribe(self, hook: str) -> Mapping[str, object]:
        """The app calls one address for all its Pages, the one that was told last; deliveries say whose they are."""
        secrets = self._account.secrets
        app_id, secret = secrets.get("app_id", ""), secrets.get("app_secret", "")
        wanted = {
            "object": "page",
            "callback_url": hook,
            "fields": FIELDS,
            "include_values": "true",
            "verify_token": verify_token(self._account),
        }
        app = Caller(f"{app_id}|{secret}", secret)
        self._graph.told(lambda: self._graph.ask("POST", f"/{app_id}/subscriptions", data=wanted, caller=app))
        own = {"subscribed_fields": FIELDS}
        self._graph.told(lambda: self._graph.ask("POST", f"/{self._me}/subscribed_apps", data=own))
        return {"webhook": True}

    def unsubscribe(self) -> None:
        self._graph.told(lambda: self._graph.ask("DELETE", f"/{self._me}/subscribed_apps"))

    # --- reading ---

    def poll(self, cursor: str) -> Page:
        return polling.Poll(self._graph, self._lists, cursor).page()

    def refresh(self, keys: Sequence[str]) -> tuple[Delivery, ...]:
        looked = list(self._lists.look([name for name in keys if "_" in name and _is_public(name)]))
        now = self._graph.now()
        stands = [polling.refreshed(item, now) for _, item in looked if item is not None]
        gone = [polling.gone(name) for name in self._gone([name for name, item in looked if item is None])]
        return (*stands, *gone, *self._refreshed([name for name in keys if not _is_public(name)]))

    def _gone(self, names: Sequence[str]) -> list[str]:
        """Comments count as gone while the post that they were on is still there: what stands on other Pages (where
        somebody named ours) cannot be read at all."""
        above = {name: post_of(name, self._me) for name in names if not is_post(name, self._me)}
        there = set(self._lists.readable(sorted(set(above.values()))))
        return [name for name in names if name not in above or above[name] in there]

    def _refreshed(self, names: Sequence[str]) -> Iterator[Delivery]:
        """Messages that stand. One that is not shown was not necessarily taken back: Messenger's word for that is
        none, so nothing follows from it."""
        for answer in self._batch(names, MESSAGE_FIELDS):
            try:
                yield polling.message(parse(answer.body))
            except Unreadable:
                continue

    def profiles(self, keys: Sequence[str]) -> list[Author]:
        found = []
        for answer in self._batch(keys, "id,name,profile_pic"):
            try:
                found.append(author(parse(answer.body)))
            except Unreadable:
                continue
        return found

    def _batch(self, keys: Sequence[str], fields: str) -> Iterator[Answer]:
        """The successful answers."""
        for at in range(0, len(keys), BATCH):
            addresses = [f"{segment(name)}?{urlencode({'fields': fields})}" for name in keys[at : at + BATCH]]
            yield from (answer for answer in self._graph.batch(addresses) if not errors.failed(answer))

    # --- writing ---

    def send(self, part: Part) -> Outcome:
        most = LIMITS.private_length if private(part) else LIMITS.length
        if most and length(part.text) > most:
            return Refused(Reason.TOO_LONG, "This is longer than Facebook takes.")
        if private(part):
            return self._letters.send(part)
        try:
            pictures = [self._photo(medium) for medium in part.media]
        except NotUploaded as problem:
            return problem.outcome
        except NetworkTrouble as trouble:
            return later(trouble)
        path, data = self._public(part, pictures)
        return write(self._graph, "POST", path, data, _stands)

    def _public(self, part: Part, pictures: Sequence[str]) -> tuple[str, dict[str, str]]:
        data = {"message": part.text} if part.text else {}
        if part.reply_to:
            return f"/{segment(part.reply_to)}/comments", data | ({"attachment_id": pictures[0]} if pictures else {})
        attached = {f"attached_media[{at}]": f'{{"media_fbid":"{one}"}}' for at, one in enumerate(pictures)}
        return f"/{self._me}/feed", data | attached

    def _photo(self, medium: Media) -> str:
        """The id of a picture that nobody sees yet. Raises NotUploaded, NetworkTrouble."""
        return self._uploaded("/photos", {"published": "false"}, "source", medium, "id")

    def _upload(self, medium: Media) -> Mapping[str, object]:
        """The message that shows a file of Messenger's store. Raises NotUploaded, NetworkTrouble."""
        kind = medium.kind if medium.kind in ("image", "video", "audio") else "file"
        told = {"message": f'{{"attachment":{{"type":"{kind}","payload":{{"is_reusable":false}}}}}}'}
        name = self._uploaded("/message_attachments", told, "filedata", medium, "attachment_id")
        return {"attachment": {"type": kind, "payload": {"attachment_id": name}}}

    def _uploaded(self, path: str, data: Mapping[str, str], field: str, medium: Media, told: str) -> str:
        try:
            content = files.content(medium)
            answer = self._graph.ask("POST", f"/{self._me}{path}", data=data, files={field: content})
        except httpx.TransportError as error:
            raise NotUploaded(uploaded_later(lost(error))) from error
        if errors.failed(answer):
            raise NotUploaded(uploaded_later(errors.refusal(answer)))
        try:
            return key(parse(answer.body).get(told), told)
        except Unreadable as error:
            raise NotUploaded(uploaded_later(Unknown(str(error)))) from error

    def delete(self, key: str) -> Outcome:
        if not _is_public(key):
            return Refused(Reason.FORBIDDEN, "Messenger lets nobody take a Page's message back by its API.")
        return remove(self._graph, key)

    def moderate(self, key: str, act: Moderation) -> Outcome:
        if act is Moderation.DELETE:
            return remove(self._graph, key)
        if act in _LIKES:
            outcome = write(self._graph, _LIKES[act], f"/{segment(key)}/likes")
        else:
            hidden = {"is_hidden": "true" if act is Moderation.HIDE else "false"}
            outcome = write(self._graph, "POST", f"/{segment(key)}", hidden)
        return Sent(key) if isinstance(outcome, Sent) else outcome

    def signal(self, to: Author, thread: str, signal: Signal) -> None:
        self._letters.signal(to, signal)

    # --- looking up ---

    def find(self, part: Part, taken: Collection[str] = ()) -> Finding:
        """Our comment (or message, or post) with this part's words, in its place, not older than the part, and known
        to be no other part."""
        if private(part):
            return self._letters.find(part, taken)
        try:
            same = [one for one in self._ours(part) if _says(one, part) and maybe_key(one, "id") not in taken]
            return _found(same[-1]) if same else Absent()
        except errors.Missing:
            return Absent()  # what it answers is gone, and its answers with it
        except TooMany:
            return Unknown("More was said since than can be looked through.")
        except Unreadable as error:
            return Unknown(f"The server's answer is unreadable: {error}")
        except NetworkTrouble as trouble:
            return later(trouble)

    def _ours(self, part: Part) -> Iterator[Json]:
        """What the Page said in the part's place, newest first, back to when the part was written."""
        query = {"fields": COMMENT_FIELDS, "filter": "toplevel", "order": "reverse_chronological", "limit": "100"}
        path = f"/{segment(part.reply_to)}/comments"
        if not part.reply_to:
            query, path = {"fields": POST_FIELDS, "limit": "50"}, self._lists.feed
        after = ""
        for page, following in self._graph.pages(path, query, most=_LOOKED_BACK, urgency=Urgency.SENDING):
            for one in page:
                if when(one, "created_time") < self._graph.there(part.written_at) - EARLIER:
                    return
                if maybe_key(maybe_object(one, "from"), "id") == self._me:
                    yield one
            after = following
        if after:
            raise TooMany


def _is_public(name: str) -> bool:
    """Messages are called `m_…` (or `mid.…`, the older ones), posts and comments by numbers, reviews by one."""
    return not name.startswith("m")


def _says(one: Json, part: Part) -> bool:
    shows = bool(maybe_object(one, "attachment") or maybe_object(one, "attachments"))
    return maybe_text(one, "message").strip() == part.text.strip() and (bool(part.text) or shows)


def _found(one: Json) -> Sent:
    return Sent(key(one.get("id")), maybe_text(one, "permalink_url"), when(one, "created_time"))


def _stands(name: str) -> Outcome:
    return Sent(name, f"https://www.facebook.com/{name}")
