"""What the firehose no longer tells: after a long time away, the posts are read from the repositories themselves.

A server keeps its firehose for a day or so (`PDS_REPO_BACKFILL_LIMIT_MS`). Repositories whose last commit is older
than our last frame are passed over. Deletions of that time cannot be learnt this way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from ..contract import Delivery
from . import firehose, raw
from .addresses import POST, parse, time_key
from .people import People
from .raw import Json
from .session import Session
from .threads import Threads
from .xrpc import Refusal

REPOSITORIES = 500
RECORDS = 100


def missed(session: Session, people: People, threads: Threads, since: datetime) -> Iterator[Delivery]:
    """Posts that concern us and were written after `since`."""
    oldest = time_key(since)
    for did, rev in _repositories(session):
        if rev > oldest:
            for record in _posts(session, did, oldest):
                value = raw.maybe_object(record, "value")
                if threads.concern_us(did, value):
                    yield firehose.delivery(_told(did, rev, record, value), people)


def _repositories(session: Session) -> Iterator[tuple[str, str]]:
    """(DID, last revision) of every repository on the server."""
    for one in _listed(session, "com.atproto.sync.listRepos", {"limit": REPOSITORIES}, "repos"):
        yield raw.text(one, "did"), raw.text(one, "rev")


def _posts(session: Session, did: str, oldest: str) -> Iterator[Json]:
    """The posts of one repository, newest first, down to the record key `oldest`. None where it was closed."""
    query: dict[str, str | int] = {"repo": did, "collection": POST, "limit": RECORDS}
    with suppress(Refusal):
        for record in _listed(session, "com.atproto.repo.listRecords", query, "records"):
            found = parse(record.get("uri"))
            if found is None or found.rkey < oldest:
                return
            yield record


def _listed(session: Session, method: str, query: dict[str, str | int], name: str) -> Iterator[Json]:
    """Everything in a list that comes in pages."""
    while True:
        answer = session.read(method, query)
        yield from raw.objects(answer, name)
        if not (cursor := raw.text(answer, "cursor")):
            return
        query = query | {"cursor": cursor}


def _told(did: str, rev: str, record: Json, value: Json) -> Json:
    """The record as the firehose would have told it; nobody can say when the server took it."""
    path = raw.text(record, "uri").removeprefix(f"at://{did}/")
    return {"repo": did, "rev": rev, "path": path, "action": "create", "cid": raw.text(record, "cid"), "record": value}
