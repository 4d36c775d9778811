"""What everybody says: recent search, and the filtered stream."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta

from kikite.networks import raw
from kikite.networks.contract import Delivery, NetworkTrouble, Page, Unreachable, Urgency
from kikite.networks.raw import Json

from . import fields, limits
from .api import Api
from .cursor import Lane, lane_of
from .lanes import Leaf, Reach, onward
from .lines import follow, problem_in
from .polling import PAGE, further
from .splitting import posts_of

LONGEST_QUERY = 512
RECENT = Reach(back=timedelta(days=7))


def search(api: Api, query: str, cursor: str) -> Page:
    """The last seven days, newest first page by page, then only what is new. Raises NetworkTrouble."""
    if not 0 < len(query) <= LONGEST_QUERY:
        raise NetworkTrouble(f"X takes searches of at most {LONGEST_QUERY} characters.")
    lane = lane_of(cursor)
    read = onward(lane, lambda now: _leaf(api, query, now), api.now(), RECENT)
    return Page(tuple(item.delivery for item in read.items), json.dumps(asdict(lane)), read.more, read.gap)


def _leaf(api: Api, query: str, lane: Lane) -> Leaf:
    # X takes no id that is older than what it searches.
    known = lane.base if lane.read > (api.now() - RECENT.back).timestamp() else ""
    bounds = {"since_id": known, "until_id": lane.until}
    asked = {"query": query, "max_results": str(PAGE), **fields.POSTS} | {
        name: key for name, key in bounds.items() if key
    }
    document = api.read("/2/tweets/search/recent", limits.SEARCH, asked, Urgency.SEARCHING)
    api.charge("post.read", document)
    items = posts_of(document)
    oldest = next((item.id for item in reversed(items) if item.id), "")
    return Leaf(items, oldest if further(document) else "")


def listen(api: Api, queries: Sequence[str], timeout: float) -> Iterator[Delivery | None]:
    """Runs until the stream breaks. The stream is the app's, so its rules carry our account's mark."""
    tag = f"kikite:{api.me}"
    _agree(api, tag, queries)
    query = fields.STREAMED
    for line in follow(api, "/2/tweets/search/stream", limits.FILTERED, query, timeout, Urgency.SEARCHING):
        if line is None:
            yield None
            continue
        if words := problem_in(line):
            raise Unreachable(words)
        delivery = _matched(api, line, tag)
        if delivery:
            yield delivery


def _agree(api: Api, tag: str, queries: Sequence[str]) -> None:
    """Make our rules of the stream those that are asked for, and touch nobody else's."""
    known = raw.maybe_objects(api.read("/2/tweets/search/stream/rules", limits.RULES, {}), "data")
    ours = {raw.maybe_text(rule, "value"): raw.maybe_id(rule, "id") for rule in known if rule.get("tag") == tag}
    old = [key for value, key in ours.items() if value not in queries]
    new = [{"value": query, "tag": tag} for query in dict.fromkeys(queries) if query not in ours]
    if old:
        _change(api, {"delete": {"ids": old}})
    if new:
        _change(api, {"add": new})


def _change(api: Api, data: Json) -> None:
    answer = api.expect("POST", "/2/tweets/search/stream/rules", limits.RULES, data=data, urgency=Urgency.SEARCHING)
    refused = raw.maybe_objects(answer, "errors")
    if refused and not raw.maybe_objects(answer, "data") and "add" in data:
        raise NetworkTrouble(raw.maybe_text(refused[0], "detail") or raw.maybe_text(refused[0], "title"))


def _matched(api: Api, line: bytes, tag: str) -> Delivery | None:
    """The post, as its line came, when one of our rules let it through. What cannot be read is set aside there."""
    try:
        document = raw.parse(line)
    except ValueError:
        return Delivery(f"post:{hashlib.sha256(line).hexdigest()}", "post", line)
    if not any(rule.get("tag") == tag for rule in raw.maybe_objects(document, "matching_rules")):
        return None
    api.charge("post.read", document)
    return next((Delivery(item.delivery.key, "post", line) for item in posts_of(document)), None)
