"""What arriving messages read from the database and write to it: a handful of set-based statements a batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from kikite.networks.contract import Author

type Ident = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A message that is already here, as far as threading needs it."""

    ident: Ident
    id: int
    case: int | None
    customer: int | None
    outgoing: bool
    parent: Ident | None
    posted_at: datetime
    edited_at: datetime | None
    deleted: bool
    trace: bool  # a deletion that came before its message: nothing but the key is known
    floating: bool


@dataclass(frozen=True, slots=True)
class Met:
    """A profile and the customer behind it."""

    profile: int
    customer: int


@dataclass(frozen=True, slots=True)
class Span:
    """A case and when its customer spoke first and last."""

    case: int
    customer: int
    first_at: datetime
    last_at: datetime


_COLUMNS = """m.id, m.case_id, m.customer_id, m.direction = 'out', m.realm, m.key, m.reply_to, m.posted_at,
    m.edited_at, m.deleted_at IS NOT NULL, m.direction = 'in' AND m.profile_id IS NULL, m.floating"""

# Each look-up is fenced (LIMIT, OFFSET), so that whatever the planner believes of a young table, it goes by the key
# and never reads all messages of a brand. `<> ''` is what lets it use the partial index of answers.
_ANSWERS = """SELECT m.id, m.realm, m.key, m.direction FROM cases_message m
    WHERE m.brand_id = %(brand)s AND m.reply_to = {0}.key AND m.reply_to <> '' AND m.realm = {0}.realm OFFSET 0"""
_LOAD = f"""
WITH RECURSIVE wanted AS (
    SELECT * FROM unnest(%(realms)s::text[], %(keys)s::text[], %(arrives)s::bool[]) AS w(realm, key, arrives)
), down AS (
    SELECT m.* FROM wanted w CROSS JOIN LATERAL ({_ANSWERS.format("w")}) m WHERE w.arrives
    UNION
    SELECT m.* FROM down d CROSS JOIN LATERAL ({_ANSWERS.format("d")}) m WHERE d.direction = 'out'
)
SELECT {_COLUMNS} FROM wanted w CROSS JOIN LATERAL (
    SELECT * FROM cases_message m WHERE m.brand_id = %(brand)s AND m.realm = w.realm AND m.key = w.key LIMIT 1) m
UNION ALL
SELECT {_COLUMNS} FROM (SELECT DISTINCT id FROM down) d CROSS JOIN LATERAL (
    SELECT * FROM cases_message m WHERE m.id = d.id LIMIT 1) m
"""


def load_messages(brand_id: int, idents: tuple[Collection[Ident], Collection[Ident]]) -> dict[Ident, Known]:
    """What is here of the touched messages, of the messages they answer, and of all that hangs below them.

    Below means: answers to them, and answers to answers of ours (our own posts belong to whom they answer).
    """
    touched, parents = idents
    wanted = [(realm, key, True) for realm, key in touched] + [(realm, key, False) for realm, key in parents]
    if not wanted:
        return {}
    realms, keys, arrives = (list(column) for column in zip(*wanted, strict=True))
    found = rows(_LOAD, {"brand": brand_id, "realms": realms, "keys": keys, "arrives": arrives})
    return {known.ident: known for known in map(_known, found)}


def _known(row: Sequence[Any]) -> Known:
    (
        id_,
        case,
        customer,
        outgoing,
        realm,
        key,
        reply_to,
        posted_at,
        edited_at,
        deleted,
        trace,
        floating,
    ) = row
    parent = (realm, reply_to) if reply_to else None
    return Known(
        (realm, key), id_, case, customer, outgoing, parent, posted_at, edited_at, deleted, trace, floating
    )  # fmt: skip


def load_floating(brand_id: int, customers: Collection[int]) -> list[Known]:
    """The floating messages of these customers: see `Message.floating`."""
    if not customers:
        return []
    where = f"""SELECT {_COLUMNS} FROM cases_message m
        WHERE m.customer_id = ANY(%(customers)s) AND m.brand_id = %(brand)s AND m.floating"""
    return [_known(row) for row in rows(where, {"customers": list(customers), "brand": brand_id})]


def load_cases(customers: Collection[int]) -> list[Span]:
    """All cases of these customers."""
    if not customers:
        return []
    query = "SELECT id, customer_id, first_at, last_customer_at FROM cases_case WHERE customer_id = ANY(%(customers)s)"
    return [Span(*row) for row in rows(query, {"customers": list(customers)})]


_PROFILES = """
SELECT p.realm, p.key, p.id, p.customer_id, p.seen_at,
       (p.handle, p.name, p.avatar, p.url) = (w.handle, w.name, w.avatar, w.url)
       AND p.followers IS NOT DISTINCT FROM w.followers AND p.automated = w.automated
FROM unnest(%(realms)s::text[], %(keys)s::text[], %(handles)s::text[], %(names)s::text[], %(avatars)s::text[],
            %(urls)s::text[], %(followers)s::bigint[], %(automated)s::bool[])
     AS w(realm, key, handle, name, avatar, url, followers, automated)
JOIN customers_profile p ON p.brand_id = %(brand)s AND p.realm = w.realm AND p.key = w.key
"""

# A field that the newer word leaves empty keeps what is known.
_UPDATE_PROFILES = """
UPDATE customers_profile p SET
    handle = coalesce(nullif(w.handle, ''), p.handle), name = coalesce(nullif(w.name, ''), p.name),
    avatar = coalesce(nullif(w.avatar, ''), p.avatar), url = coalesce(nullif(w.url, ''), p.url),
    followers = coalesce(w.followers, p.followers), automated = w.automated, seen_at = w.seen_at
FROM unnest(%(ids)s::bigint[], %(handles)s::text[], %(names)s::text[], %(avatars)s::text[], %(urls)s::text[],
            %(followers)s::bigint[], %(automated)s::bool[], %(seen)s::timestamptz[])
     AS w(id, handle, name, avatar, url, followers, automated, seen_at)
WHERE p.id = w.id
"""

_COPY_CUSTOMERS = "COPY customers_customer (id, brand_id, name, since) FROM STDIN"
_COPY_PROFILES = """COPY customers_profile (id, brand_id, customer_id, network, realm, key, handle, name, avatar, url,
    followers, automated, seen_at) FROM STDIN"""


def save_profiles(
    brand_id: int, authors: Mapping[Ident, tuple[datetime, str, Author]], now: datetime
) -> dict[Ident, Met]:
    """Make the customers and profiles that are new, bring the others up to date; returns all of them."""
    if not authors:
        return {}
    columns = _author_columns(authors)
    met, stale = {}, []
    for realm, key, profile, customer, seen_at, same in rows(_PROFILES, {"brand": brand_id, **columns}):
        met[(realm, key)] = Met(profile, customer)
        if not same and authors[(realm, key)][0] > seen_at:
            stale.append((realm, key))
    if stale:
        changed = _author_columns({ident: authors[ident] for ident in stale})
        seen = [authors[ident][0] for ident in stale]
        execute(
            _UPDATE_PROFILES,
            {"ids": [met[ident].profile for ident in stale], "seen": seen, **changed},
        )
    met |= _create_profiles(brand_id, {i: a for i, a in authors.items() if i not in met}, now)
    return met


def _author_columns(
    authors: Mapping[Ident, tuple[datetime, str, Author]],
) -> dict[str, list[Any]]:
    people = [author for _, _, author in authors.values()]
    return {
        "realms": [realm for realm, _ in authors],
        "keys": [key for _, key in authors],
        "handles": [a.handle for a in people],
        "names": [a.name for a in people],
        "avatars": [a.avatar for a in people],
        "urls": [a.url for a in people],
        "followers": [a.followers for a in people],
        "automated": [a.automated for a in people],
    }


def _create_profiles(
    brand_id: int, authors: Mapping[Ident, tuple[datetime, str, Author]], now: datetime
) -> dict[Ident, Met]:
    customers = reserve("customers_customer", len(authors))
    profiles = reserve("customers_profile", len(authors))
    met = {ident: Met(p, c) for ident, p, c in zip(authors, profiles, customers, strict=True)}
    copy(
        _COPY_CUSTOMERS,
        [(met[i].customer, brand_id, a.name or a.handle, min(at, now)) for i, (at, _, a) in authors.items()],
    )
    copy(
        _COPY_PROFILES,
        [
            (
                met[i].profile, brand_id, met[i].customer, network, i[0], i[1], a.handle, a.name, a.avatar, a.url,
                a.followers, a.automated, at,
            )
            for i, (at, network, a) in authors.items()
        ],
    )  # fmt: skip
    return met


def reserve(table: str, count: int) -> list[int]:
    """Take `count` fresh ids of a table at once, so that rows that name each other can be written together."""
    if not count:
        return []
    query = """SELECT nextval(sequence) FROM generate_series(1, %(count)s),
        (SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass AS sequence OFFSET 0)"""
    return [row[0] for row in rows(query, {"table": table, "count": count})]


def copy(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows by COPY: the fastest way in, and no limit on parameters."""
    rows = list(rows)
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


def execute(statement: str, parameters: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def rows(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
