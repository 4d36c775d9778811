"""What everybody said lately, as the app view's search finds it: newest first, by the time that authors claim."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..contract import Delivery, Page
from . import raw
from .raw import Json
from .session import Session
from .watching import told

LISTED = 100  # posts in one answer
AT_MOST = 3  # answers of one look: who searches for everything gets the newest
# A post is found some time after its author wrote it, by a clock of their own.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A look goes from the newest post back to `since`, one answer a page: `back` is the app view's own cursor in it,
    `top` the newest time it has met, `pages` how many answers it has had. Times are ISO 8601, "" for none."""

    since: str = ""
    top: str = ""
    back: str = ""
    pages: int = 0

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor of ours; anything else is the beginning."""
        try:
            values: dict[str, Any] = json.loads(text)
            return cls(str(values["since"]), str(values["top"]), str(values["back"]), int(values["pages"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def page(session: Session, query: str, text: str) -> Page:
    """One answer of a look. Raises NetworkTrouble, Refusal."""
    cursor = Cursor.parse(text)
    asked: dict[str, str | int] = {"q": query, "sort": "latest", "limit": LISTED}
    if cursor.since:
        asked["since"] = cursor.since
    if cursor.back:
        asked["cursor"] = cursor.back
    answer = session.read("app.bsky.feed.searchPosts", asked)
    posts = raw.objects(answer, "posts")
    moved = _moved(cursor, posts, raw.text(answer, "cursor"))
    return Page(tuple(post(one) for one in reversed(posts)), str(moved), bool(moved.back))


def post(view: Json) -> Delivery:
    """A post as the app view shows it. The same record has the same key however we came to know of it."""
    return told("post", f"create {raw.text(view, 'uri')} {raw.text(view, 'cid')}", view)


def _moved(cursor: Cursor, posts: list[Json], back: str) -> Cursor:
    now = datetime.now(UTC)
    times = [min(time, now).isoformat() for one in posts if (time := raw.maybe_time(one, "indexedAt"))]
    moved = replace(cursor, top=max([cursor.top, *times]), back=back, pages=cursor.pages + 1)
    if back and posts and moved.pages < AT_MOST:
        return moved
    newest = raw.maybe_time({"at": moved.top}, "at")
    since = (newest - OVERLAP).isoformat() if newest else cursor.since
    return Cursor(since=max(since, cursor.since), top=moved.top)
