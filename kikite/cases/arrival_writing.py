"""The plan of a batch becomes rows: new messages and cases by COPY, edits, deletions, joins and landings by UPDATE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from kikite.channels.models import Delivery
from kikite.history.models import Verb
from kikite.history.recording import announce
from kikite.networks.contract import Message, Reaction

from . import handing, merging
from .arrival_store import Met, copy, execute, reserve, rows
from .states import CaseState, refresh

if TYPE_CHECKING:
    from .arriving import Batch, Ident, Node
    from .matters import Matters

_COPY_CASES = """COPY cases_case (id, brand_id, customer_id, channel_id, state, first_at, last_customer_at, last_at,
    unanswered, messages_count, title, preview, preview_private) FROM STDIN"""
_MESSAGE_COLUMNS = """id, brand_id, case_id, channel_id, realm, key, direction, customer_id, profile_id, visibility,
    text, lang, url, media, reply_to, root, thread, posted_at, received_at, edited_at, deleted_at, floating,
    delivery_id, kind, names, sealed, warning"""
_COPY_MESSAGES = f"COPY cases_message ({_MESSAGE_COLUMNS}) FROM STDIN"
_COPY_EVENTS = "COPY history_event (brand_id, case_id, verb, at, data) FROM STDIN"


class Writer:
    """Writes one brand's batch. `nodes` carry where each message belongs, `matters` which cases became one."""

    def __init__(
        self, brand_id: int, batch: Batch, nodes: Mapping[Ident, Node], matters: Matters,
        profiles: Mapping[Ident, Met], now: datetime,
    ) -> None:  # fmt: skip
        self.brand_id = brand_id
        self.batch = batch
        self.nodes = nodes
        self.matters = matters
        self.profiles = profiles
        self.now = now
        self.touched: set[int] = set()
        self.events: list[tuple[int, Verb, datetime, dict[str, Any]]] = []
        self.case_of: dict[int, int] = {}

    def write(self) -> set[int]:
        """Everything, in the order that the foreign keys ask for; returns the cases that changed."""
        self._write_cases()
        self._write_messages()
        self._move()
        self._match()
        self._edit()
        self._complete()
        self._delete()
        self._react()
        self._see()
        reopened = self._refresh()
        self._tell(reopened)
        announce(self.brand_id, self.touched)
        return self.touched

    # --- cases ---

    def _write_cases(self) -> None:
        """Choose the case of every matter: the oldest that exists, or a new one."""
        roots: dict[int, set[int]] = {}
        first: dict[int, Node] = {}
        for node in self.nodes.values():
            if not node.element:
                continue
            root = self.matters.find(node.element)
            cases = roots.setdefault(root, set())
            if node.element > 0:
                cases.add(node.element)
            if not node.outgoing:
                first.setdefault(root, node)
        for case, root in self.matters.cases():
            if root in roots:
                roots[root].add(case)
        fresh = [root for root, cases in roots.items() if not cases and self.matters.spoken(root)]
        self.case_of = dict(zip(fresh, reserve("cases_case", len(fresh)), strict=True))
        copy(_COPY_CASES, (self._case_row(root, first[root]) for root in fresh))
        for root, cases in roots.items():
            if cases:
                self.case_of[root] = keeper = min(cases)
                if len(cases) > 1:
                    merging.merge(self.brand_id, keeper, cases - {keeper}, self.now)
                    self.touched.add(keeper)

    def _case_row(self, root: int, node: Node) -> tuple[Any, ...]:
        span = self.matters.spoken(root)
        assert span is not None
        assert node.arrival is not None
        channel = node.arrival.channel
        self.events.append((self.case_of[root], Verb.OPENED, self.now, {}))
        return (
            self.case_of[root], self.brand_id, node.customer, channel, CaseState.NEW.value, span[0], span[1], span[1],
            0, 0, "", "", False,
        )  # fmt: skip

    def _case(self, node: Node) -> int | None:
        return self.case_of.get(self.matters.find(node.element)) if node.element else None

    # --- messages ---

    def _write_messages(self) -> None:
        arriving = [node for node in self.nodes.values() if node.arrival is not None]
        fresh = [node for node in arriving if node.known is None]
        for node, id_ in zip(fresh, reserve("cases_message", len(fresh)), strict=True):
            node.id = id_
        traced = [node for node in arriving if node.known is not None and node.known.trace]
        if traced:
            execute(
                "DELETE FROM cases_message WHERE id = ANY(%(ids)s)",
                {"ids": [node.id for node in traced]},
            )
        copy(_COPY_MESSAGES, [self._message_row(node) for node in (*fresh, *traced)])
        traces = [ident for ident in self.batch.deletions if ident not in self.nodes]
        ids = reserve("cases_message", len(traces))
        copy(
            _COPY_MESSAGES,
            [self._trace_row(id_, ident) for id_, ident in zip(ids, traces, strict=True)],
        )

    def _message_row(self, node: Node) -> tuple[Any, ...]:
        arrival = node.arrival
        assert arrival is not None
        message = arrival.thing
        assert isinstance(message, Message)
        met = self.profiles.get((node.ident[0], message.author.key)) if not node.outgoing else None
        case = self._case(node)
        if case:
            self.touched.add(case)
            verb = Verb.ANSWERED_ELSEWHERE if node.outgoing else Verb.RECEIVED
            self.events.append((case, verb, self.now, {"message": node.id}))
        if node.deleted:
            message = replace(message, text="", lang="", media=(), edited_at=None, warning="")
        return (
            node.id, self.brand_id, case, arrival.channel, node.ident[0], node.ident[1],
            "out" if node.outgoing else "in", node.customer, met.profile if met else None, message.visibility.value,
            message.text, message.lang, message.url, media_json(message),
            message.reply_to, message.root, message.thread, node.posted_at, arrival.received_at, message.edited_at,
            self.now if node.deleted else None, node.floating, arrival.delivery, message.kind, list(message.names),
            message.sealed, message.warning,
        )  # fmt: skip

    def _trace_row(self, id_: int, ident: Ident) -> tuple[Any, ...]:
        arrival = self.batch.deletions[ident]
        at = arrival.received_at
        return (
            id_, self.brand_id, None, arrival.channel, ident[0], ident[1], "in", None, None, "public", "", "", "",
            "[]", "", "", "", at, at, None, at, False, arrival.delivery, "", [], False, "",
        )  # fmt: skip

    def _move(self) -> None:
        """Messages that were here and now belong to another case, or to one at last."""
        moved = []
        for node in self.nodes.values():
            if node.known is None or node.known.trace:
                continue
            case, was = self._case(node), node.known.case
            lands = case is not None and case != was and (was is None or node.floating)
            if lands or node.floating != node.known.floating:
                moved.append((node.id, case, node.customer, node.floating))
            if lands:
                assert case is not None
                self.touched |= {case, was} if was else {case}
                if was is None:
                    self.events.append((case, Verb.ANSWERED_ELSEWHERE, self.now, {"message": node.id}))
        if moved:
            ids, cases, customers, floating = (list(column) for column in zip(*moved, strict=True))
            execute(
                """UPDATE cases_message m SET case_id = w.case_id, customer_id = w.customer_id, floating = w.floating
                   FROM unnest(%(ids)s::bigint[], %(cases)s::bigint[], %(customers)s::bigint[], %(floating)s::bool[])
                        AS w(id, case_id, customer_id, floating) WHERE m.id = w.id""",
                {"ids": ids, "cases": cases, "customers": customers, "floating": floating},
            )

    def _match(self) -> None:
        """What looks like written elsewhere may be a reply that was handed over to a person."""
        elsewhere = [data["message"] for _, verb, _, data in self.events if verb is Verb.ANSWERED_ELSEWHERE]
        taken = handing.match(elsewhere)
        if taken:
            self.events = [event for event in self.events if event[3].get("message") not in taken]
            self.events += [
                (case, Verb.SENT, self.now, {"reply": reply, "part": number}) for case, reply, number in taken.values()
            ]

    def _edit(self) -> None:
        edits = [node for node in self.nodes.values() if _is_newer(node)]
        for node in edits:
            self._mark(node, Verb.EDITED)
        if edits:
            _drop_bodies([node.id for node in edits])
            messages = [
                node.arrival.thing for node in edits if node.arrival and isinstance(node.arrival.thing, Message)
            ]
            execute(
                """UPDATE cases_message m SET text = w.text, media = w.media::jsonb, lang = w.lang,
                       edited_at = w.edited_at, delivery_id = w.delivery, warning = w.warning
                   FROM unnest(%(ids)s::bigint[], %(texts)s::text[], %(media)s::text[], %(langs)s::text[],
                        %(edited)s::timestamptz[], %(deliveries)s::bigint[], %(warnings)s::text[])
                        AS w(id, text, media, lang, edited_at, delivery, warning) WHERE m.id = w.id""",
                {
                    "ids": [node.id for node in edits],
                    "texts": [message.text for message in messages],
                    "media": [media_json(message) for message in messages],
                    "langs": [message.lang for message in messages],
                    "edited": [message.edited_at for message in messages],
                    "warnings": [message.warning for message in messages],
                    "deliveries": [node.arrival.delivery for node in edits if node.arrival],
                },
            )

    def _complete(self) -> None:
        """Pictures of a message that came without them: some networks tell of a post before they tell it whole."""
        late = [node for node in self.nodes.values() if _brings_pictures(node)]
        if late:
            messages = [node.arrival.thing for node in late if node.arrival]
            execute(
                """UPDATE cases_message m SET media = w.media::jsonb
                   FROM unnest(%(ids)s::bigint[], %(media)s::text[]) AS w(id, media)
                   WHERE m.id = w.id AND m.media = '[]'::jsonb AND m.deleted_at IS NULL""",
                {
                    "ids": [node.id for node in late],
                    "media": [media_json(message) for message in messages if isinstance(message, Message)],
                },
            )
            self.touched |= {case for node in late if (case := self._case(node)) is not None}

    def _delete(self) -> None:
        """What its author took back leaves nothing of its words here: not in the message, not in the raw delivery."""
        gone = [node for ident in self.batch.deletions if (node := self.nodes.get(ident)) and _was_standing(node)]
        for node in gone:
            self._mark(node, Verb.DELETED)
        if gone:
            execute(
                """UPDATE cases_message SET text = '', warning = '', media = '[]', lang = '', edited_at = NULL,
                       deleted_at = %(now)s WHERE id = ANY(%(ids)s) AND deleted_at IS NULL""",
                {"ids": [node.id for node in gone], "now": self.now},
            )
        ids = [node.id for node in self.nodes.values() if node.deleted]
        if ids:
            _drop_bodies(ids)

    def _mark(self, node: Node, verb: Verb) -> None:
        case = self._case(node)
        if case:
            self.touched.add(case)
            self.events.append((case, verb, self.now, {"message": node.id}))

    def _react(self) -> None:
        told = [(key, arrival.thing) for key, arrival in self.batch.reactions.items()]
        if not told:
            return
        reactions = [thing for _, thing in told if isinstance(thing, Reaction)]
        execute(
            """INSERT INTO cases_reaction (brand_id, realm, message_key, author_key, handle, kind, at, removed)
               SELECT %(brand)s, * FROM unnest(%(realms)s::text[], %(messages)s::text[], %(authors)s::text[],
                   %(handles)s::text[], %(kinds)s::text[], %(at)s::timestamptz[], %(removed)s::bool[])
               ON CONFLICT (brand_id, realm, message_key, author_key, kind)
               DO UPDATE SET at = excluded.at, removed = excluded.removed WHERE excluded.at > cases_reaction.at""",
            {
                "brand": self.brand_id,
                "realms": [key[0] for key, _ in told],
                "messages": [thing.message for thing in reactions],
                "authors": [thing.author.key for thing in reactions],
                "handles": [thing.author.handle for thing in reactions],
                "kinds": [thing.kind for thing in reactions],
                "at": [thing.at for thing in reactions],
                "removed": [thing.removed for thing in reactions],
            },
        )

    def _see(self) -> None:
        """How far customers have read what we wrote to them privately; their newest case shows it."""
        if not self.batch.seen:
            return
        found = rows(
            """WITH told AS (
                   SELECT * FROM unnest(%(realms)s::text[], %(keys)s::text[], %(at)s::timestamptz[])
                       AS w(realm, key, at)
               ), moved AS (
                   UPDATE customers_profile p SET read_to = told.at FROM told
                   WHERE p.brand_id = %(brand)s AND p.realm = told.realm AND p.key = told.key
                     AND (p.read_to IS NULL OR p.read_to < told.at) RETURNING p.customer_id
               )
               SELECT newest.id FROM (SELECT DISTINCT customer_id FROM moved) m CROSS JOIN LATERAL (
                   SELECT c.id FROM cases_case c WHERE c.customer_id = m.customer_id
                   ORDER BY c.first_at DESC LIMIT 1) newest""",
            {
                "brand": self.brand_id,
                "realms": [realm for realm, _ in self.batch.seen],
                "keys": [key for _, key in self.batch.seen],
                "at": list(self.batch.seen.values()),
            },
        )
        self.touched |= {case for (case,) in found}

    # --- what follows ---

    def _refresh(self) -> list[int]:
        changes = refresh(self.touched, self.now)
        return [case for case, old, new in changes if old == CaseState.RESOLVED and new != CaseState.RESOLVED]

    def _tell(self, reopened: Iterable[int]) -> None:
        self.events += [(case, Verb.REOPENED, self.now, {}) for case in reopened]
        copy(
            _COPY_EVENTS,
            (
                (self.brand_id, case, verb.value, at, orjson.dumps(data).decode())
                for case, verb, at, data in self.events
            ),
        )


def _is_newer(node: Node) -> bool:
    """An edit of a message that is here, later than the version that is kept."""
    if node.arrival is None or node.known is None or node.known.trace or node.deleted:
        return False
    message = node.arrival.thing
    if not isinstance(message, Message) or message.edited_at is None:
        return False
    return node.known.edited_at is None or message.edited_at > node.known.edited_at


def _brings_pictures(node: Node) -> bool:
    """The version that is here once more, with media."""
    if node.arrival is None or node.known is None or node.known.trace or node.deleted:
        return False
    message = node.arrival.thing
    return isinstance(message, Message) and bool(message.media) and message.edited_at == node.known.edited_at


def _was_standing(node: Node) -> bool:
    return node.known is not None and not node.known.deleted


def _drop_bodies(message_ids: list[int]) -> None:
    """The raw delivery of the version that is replaced or taken back keeps nothing of its words."""
    Delivery.objects.filter(id__in=_deliveries_of(message_ids)).exclude(body=b"").update(body=b"")


def _deliveries_of(message_ids: list[int]) -> Any:
    from .models import Message as Row

    return Row.objects.filter(id__in=message_ids, delivery_id__isnull=False).values("delivery_id")


def media_json(message: Message) -> str:
    """Media as the message row keeps them."""
    if not message.media:
        return "[]"
    fields = ("kind", "url", "alt", "mime", "width", "height")
    return orjson.dumps([{name: getattr(item, name) for name in fields} for item in message.media]).decode()
