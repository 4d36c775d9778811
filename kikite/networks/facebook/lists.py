"""Where a Page's posts, comments and conversations are listed, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from kikite.lib.http import Answer
from kikite.networks.contract import Unreachable, Unreadable
from kikite.networks.meta import errors, polling
from kikite.networks.meta.graph import Fields, Graph
from kikite.networks.meta.polling import COMMENT, COMMENTS, MESSAGES, POST, Item
from kikite.networks.meta.reading import segment
from kikite.networks.raw import Json, maybe_object, maybe_objects, parse

from .translate import is_post, post_of

PEOPLE = "from{id,name,picture}"
POST_FIELDS = (
    f"id,{PEOPLE},message,created_time,permalink_url,attachments{{type,url,title,description,media,subattachments}}"
)
COMMENT_FIELDS = f"id,{PEOPLE},message,created_time,permalink_url,parent{{id}},attachment"
MESSAGE_FIELDS = (
    "id,created_time,from,to,message,sticker,attachments{id,mime_type,name,size,image_data,video_data,file_url},"
    "shares{link,name}"
)
_COMMENTS = "filter(stream).order(reverse_chronological)"
BATCH = 50


class Lists:
    """See `meta.polling.Source`."""

    comment_fields = COMMENT_FIELDS
    message_fields = MESSAGE_FIELDS
    newest_messages: int | None = None

    def __init__(self, graph: Graph, me: str) -> None:
        self._graph = graph
        self._me = me
        self.feed = f"/{me}/feed"
        self.feed_fields = f"{POST_FIELDS},comments.{_COMMENTS}.limit({COMMENTS}){{{COMMENT_FIELDS}}}"
        self.comment_query: Fields = {"filter": "stream", "order": "reverse_chronological"}
        self.conversations = f"/{me}/conversations"
        self.conversation_query: Fields = {
            "platform": "messenger",
            "fields": f"id,updated_time,messages.limit({MESSAGES}){{{MESSAGE_FIELDS}}}",
        }

    def items(self, post: Json) -> Iterator[Item]:
        alone = {name: value for name, value in post.items() if name != "comments"}
        first = polling.item(POST, alone, "created_time")
        yield first
        for data in maybe_objects(maybe_object(post, "comments"), "data"):
            yield from self.comment(first.key, data)

    def comment(self, post: str, data: Json) -> Iterator[Item]:
        try:
            yield polling.item(COMMENT, data, "created_time", post=post)
        except Unreadable:
            return

    def look(self, keys: Sequence[str]) -> Iterator[tuple[str, Item | None]]:
        """In batches of one request. Before anything counts as gone, our own reading must be seen to work: Graph
        answers the same for what is deleted and for what we may not see any more."""
        trusted = False
        for at in range(0, len(keys), BATCH):
            some = keys[at : at + BATCH]
            for name, answer in zip(some, self._graph.batch([self._address(name) for name in some]), strict=True):
                problem = errors.failure(answer)
                if not errors.failed(answer):
                    if item := self._item(name, answer):
                        yield name, item
                elif problem.missing:
                    trusted = trusted or bool(self._graph.read(self.feed, {"fields": "id", "limit": "1"}))
                    yield name, None
                elif problem.limited or problem.dead:
                    raise errors.trouble_of(problem)

    def readable(self, names: Sequence[str]) -> Iterator[str]:
        """Those of these posts that can be read."""
        for at in range(0, len(names), BATCH):
            some = names[at : at + BATCH]
            answers = self._graph.batch([f"{segment(name)}?fields=id" for name in some])
            yield from (name for name, answer in zip(some, answers, strict=True) if not errors.failed(answer))

    def _address(self, name: str) -> str:
        fields = POST_FIELDS if is_post(name, self._me) else COMMENT_FIELDS
        return f"{segment(name)}?{urlencode({'fields': fields})}"

    def _item(self, name: str, answer: Answer) -> Item | None:
        try:
            data = parse(answer.body)
            if is_post(name, self._me):
                return polling.item(POST, data, "created_time")
            return polling.item(COMMENT, data, "created_time", post=post_of(name, self._me))
        except Unreadable as error:
            raise Unreachable(f"The server's answer cannot be read: {error}") from error
