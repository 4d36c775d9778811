"""Where an account's media, comments and conversations are listed, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kikite.networks.contract import Unreachable, Unreadable
from kikite.networks.meta import errors, polling
from kikite.networks.meta.graph import Fields, Graph
from kikite.networks.meta.polling import COMMENT, COMMENTS, MESSAGES, POST, Item
from kikite.networks.meta.reading import segment
from kikite.networks.raw import Json, maybe_object, maybe_objects

MEDIA_FIELDS = "id,caption,timestamp,permalink,username,media_type,media_url"
COMMENT_FIELDS = "id,text,timestamp,username,from,parent_id"
_MENTION_FIELDS = "id,text,timestamp,username,from,media"
_MENTIONED_FIELDS = "id,caption,timestamp,permalink,username,media_type,media_url,owner"
MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,shares,story,is_unsupported"


class Lists:
    """See `meta.polling.Source`."""

    comment_fields = f"{COMMENT_FIELDS},replies.limit({COMMENTS}){{{COMMENT_FIELDS}}}"
    message_fields = MESSAGE_FIELDS
    newest_messages: int | None = MESSAGES

    def __init__(self, graph: Graph, me: str) -> None:
        self._graph = graph
        self._me = me
        self.feed = f"/{me}/media"
        self.feed_fields = f"{MEDIA_FIELDS},comments.limit({COMMENTS}){{{self.comment_fields}}}"
        self.comment_query: Fields = {}
        self.conversations = f"/{me}/conversations"
        self.conversation_query: Fields = {
            "platform": "instagram",
            "fields": f"id,updated_time,messages.limit({MESSAGES}){{{MESSAGE_FIELDS}}}",
        }

    def items(self, post: Json) -> Iterator[Item]:
        alone = {name: value for name, value in post.items() if name != "comments"}
        first = polling.item(POST, alone, "timestamp")
        yield first
        for data in maybe_objects(maybe_object(post, "comments"), "data"):
            yield from self.comment(first.key, data)

    def comment(self, post: str, data: Json) -> Iterator[Item]:
        alone = {name: value for name, value in data.items() if name != "replies"}
        try:
            yield polling.item(COMMENT, alone, "timestamp", post=post)
        except Unreadable:
            return
        for answer in maybe_objects(maybe_object(data, "replies"), "data"):
            yield from self.comment(post, answer)

    def look(self, keys: Sequence[str]) -> Iterator[tuple[str, Item | None]]:
        """Each by itself. Before anything counts as gone, our own reading must be seen to work: Instagram answers the
        same for what is deleted and for what we may not see any more."""
        trusted = False
        for name in keys:
            item = self._comment(name) or self._mentioned(name)
            if item is None:
                trusted = trusted or bool(self._graph.read(self.feed, {"fields": "id", "limit": "1"}))
            yield name, item

    def _comment(self, name: str) -> Item | None:
        """A comment on our media, or media of ours: which of them, the id does not say."""
        try:
            data = self._graph.read(f"/{segment(name)}", {"fields": f"{COMMENT_FIELDS},media"})
            return _item(COMMENT, data, post=_medium(data))
        except errors.Missing:
            return None
        except errors.Misasked:
            return self._post(name)

    def _post(self, name: str) -> Item | None:
        try:
            return _item(POST, self._graph.read(f"/{segment(name)}", {"fields": MEDIA_FIELDS}))
        except errors.Missing:
            return None

    def _mentioned(self, name: str) -> Item | None:
        """A comment or a caption of somebody else that names us; those are asked of our account."""
        if not name.isdecimal():
            return None
        wanted = f"mentioned_comment.comment_id({name}){{{_MENTION_FIELDS}}}"
        if data := self._asked(wanted, "mentioned_comment"):
            return _item(COMMENT, data, post=_medium(data), mention=True)
        wanted = f"mentioned_media.media_id({name}){{{_MENTIONED_FIELDS}}}"
        return _item(POST, data) if (data := self._asked(wanted, "mentioned_media")) else None

    def _asked(self, wanted: str, name: str) -> Json:
        try:
            return maybe_object(self._graph.read(f"/{self._me}", {"fields": wanted}), name)
        except (errors.Missing, errors.Misasked):
            return {}


def _medium(comment: Json) -> str:
    found = maybe_object(comment, "media").get("id")
    return found if isinstance(found, str) else ""


def _item(kind: str, data: Json, **around: object) -> Item:
    try:
        return polling.item(kind, data, "timestamp", **around)
    except Unreadable as error:
        raise Unreachable(f"The server's answer cannot be read: {error}") from error
