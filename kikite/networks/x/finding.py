"""Does a part stand already? X knows no key of ours, so a part is known by its words and its place."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from datetime import timedelta

from kikite.networks.calling import later
from kikite.networks.contract import (
    Absent,
    Finding,
    Message,
    NetworkTrouble,
    Part,
    Sent,
    Unknown,
    Unreadable,
    Urgency,
    Visibility,
)
from kikite.networks.raw import Json

from . import fields, limits
from .api import Api
from .limits import Limit
from .polling import PAGE, further
from .raw import maybe_number
from .splitting import Item, dms_of, posts_of
from .translate import Place, translate
from .wording import comparable

_PAGES = 8
_EARLIER = timedelta(seconds=5)  # clocks: a post may be dated this much before it was written


class _TooMany(Exception):
    pass


def find(api: Api, part: Part, taken: Collection[str]) -> Finding:
    """The oldest post of ours with these words in this place that is not older than the part, and known to be no other
    part."""
    try:
        newest_first = _whispered(api, part) if part.visibility is Visibility.PRIVATE else _posted(api, part)
        found = [message for message in newest_first if message.key not in taken and _same(part, message, api.me)]
    except _TooMany:
        return Unknown("More was posted since than can be looked through.")
    except Unreadable as error:
        return Unknown(f"X's answer is unreadable: {error}")
    except NetworkTrouble as trouble:
        return later(trouble)
    return Sent(found[-1].key, found[-1].url, found[-1].at) if found else Absent()


def _posted(api: Api, part: Part) -> Iterator[Message]:
    path, query = f"/2/users/{api.me}/tweets", {**fields.POSTS, "exclude": "retweets"}
    for document in _pages(api, path, limits.OWN_POSTS, query):
        api.charge("post.owned", document)
        if (yield from _since(api, part, posts_of(document))):
            return


def _whispered(api: Api, part: Part) -> Iterator[Message]:
    if maybe_number(part.thread):
        path, limit = f"/2/dm_conversations/{part.thread}/dm_events", limits.CONVERSATION
    else:
        person = maybe_number(part.to.key) if part.to else ""
        path, limit = f"/2/dm_conversations/with/{person}/dm_events", limits.CONVERSATION_WITH
    for document in _pages(api, path, limit, dict(fields.DMS)):
        api.charge("dm.read", document)
        if (yield from _since(api, part, dms_of(document))):
            return


def _pages(api: Api, path: str, limit: Limit, query: dict[str, str]) -> Iterator[Json]:
    """Raises _TooMany when they do not end."""
    after: dict[str, str] = {}
    for _ in range(_PAGES):
        document = api.read(path, limit, {"max_results": str(PAGE), **query, **after}, Urgency.SENDING)
        yield document
        if not further(document):
            return
        after = {"pagination_token": further(document)}
    raise _TooMany


def _since(api: Api, part: Part, items: list[Item]) -> Generator[Message, None, bool]:
    """The messages that are not older than the part; returns whether older ones came."""
    place = Place(api.me, "")
    for item in items:
        if item.at < api.there(part.written_at) - _EARLIER:
            return True
        for thing in translate(item.delivery.kind, item.delivery.body, place):
            if isinstance(thing, Message):
                yield thing
    return False


def _same(part: Part, message: Message, me: str) -> bool:
    if message.author.key != me or comparable(message.text) != comparable(part.text):
        return False
    return part.visibility is Visibility.PRIVATE or message.reply_to == part.reply_to
