"""The outbox: every part of a reply leaves once. The intent is kept first, then sent, then the outcome is kept.

A sender holds an advisory lock on the part for as long as it works on it. The lock dies with the sender's database
session, so whoever finds a part in SENDING and gets its lock knows that the sender is gone and the outcome unknown:
the network is asked before anything is sent again, and not before the old request must have ended.
"""

from __future__ import annotations

import logging
import random
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone

from kikite.cases.models import ReplyPart
from kikite.cases.states import PARTS, UNFINISHED, PartState
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import (
    Absent,
    Author,
    Connection,
    Finding,
    Later,
    Outcome,
    Part,
    Sent,
    Unknown,
    Visibility,
)

from . import outcomes

log = logging.getLogger(__name__)

# First number of the advisory locks of parts; the second is the part's id modulo 2**31.
PART_LOCK = 0x4B4F5554
# After a request's deadline: time for the network itself to finish what it had already taken.
GRACE = timedelta(seconds=2)
CANDIDATES = 16
REUSE = timedelta(seconds=60)

_NEXT = """
SELECT p.id FROM cases_replypart p JOIN channels_channel c ON c.id = p.channel_id
WHERE p.state = ANY(%(unfinished)s) AND p.not_before <= %(now)s
  AND c.unauthorised_at IS NULL AND c.disconnected_at IS NULL AND (c.send_after IS NULL OR c.send_after <= %(now)s)
  AND NOT EXISTS (SELECT 1 FROM cases_replypart e
                  WHERE e.case_id = p.case_id AND e.id < p.id AND e.state = ANY(%(unfinished)s))
  AND NOT EXISTS (SELECT 1 FROM cases_replypart e
                  WHERE e.reply_id = p.reply_id AND e.number < p.number AND e.state <> 'sent')
  AND (%(only)s::bigint IS NULL OR p.id = %(only)s)
ORDER BY p.id LIMIT %(limit)s
"""


def due(only: int | None = None) -> list[int]:
    """Parts that may leave now, oldest first: the first unfinished of each case, where the channel takes any."""
    values: dict[str, Any] = {"unfinished": UNFINISHED, "now": timezone.now(), "limit": CANDIDATES, "only": only}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, values)
        return [row[0] for row in cursor.fetchall()]


@dataclass
class _Line:
    """An open connection to a network, kept for the next part of the same channel."""

    context: AbstractContextManager[Connection]
    connection: Connection
    sealed: bytes
    opened_at: datetime


class Sender:
    """Sends what is due, one part at a time. Each thread has its own; `timeout` bounds each request, in seconds."""

    def __init__(self, timeout: float = 15.0) -> None:
        self.timeout = timeout
        self._lines: dict[int, _Line] = {}

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Work until told to stop; `wake` is set when there is something new."""
        while not stop.is_set():
            try:
                close_old_connections()
                if not self.send_due():
                    wake.wait(0.5)
                    wake.clear()
            except Exception:
                log.exception("sending failed; trying again")
                self.close()
                connection.close()
                stop.wait(1)
        self.close()

    def send_due(self) -> int:
        """Take every part that is due and that nobody else holds one step further; returns how many."""
        candidates = due()
        random.shuffle(candidates)
        return sum(self._advance(part_id) for part_id in candidates)

    def _advance(self, part_id: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [PART_LOCK, part_id % 2**31])
            if not cursor.fetchone()[0]:
                return False
        try:
            return self._step(part_id)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [PART_LOCK, part_id % 2**31])

    def _step(self, part_id: int) -> bool:
        """One move of a part that is ours alone. Others may have moved it before we got its lock."""
        if not due(part_id):
            return False
        part = ReplyPart.objects.select_related("reply__answers__profile", "channel", "case").get(pk=part_id)
        if part.state == PartState.SENDING:
            outcomes.lost(part, self._look_after(part))
        elif part.state == PartState.UNKNOWN:
            self._look_up(part)
        else:
            self._send(part)
        return True

    def _look_after(self, part: ReplyPart) -> datetime:
        """No request of the sender that died can still be under way then."""
        return (part.attempted_at or timezone.now()) + timedelta(seconds=self.timeout) + GRACE

    # --- sending ---

    def _send(self, part: ReplyPart) -> None:
        written = self._written(part)
        moved = ReplyPart.objects.filter(pk=part.pk, state__in=PARTS.before(PartState.SENDING)).update(
            state=PartState.SENDING, attempts=part.attempts + 1, attempted_at=timezone.now()
        )
        if not moved:
            return
        part.refresh_from_db(fields=["state", "attempts", "attempted_at"])
        outcome: Outcome
        try:
            outcome = self._line(part.channel).send(written)
        except Exception as error:
            log.exception("the connector of %s failed in sending", part.channel.network)
            outcome = Unknown(f"{type(error).__name__}: {error}")
        self._keep_renewed(part.channel)
        outcomes.keep(part, outcome, self._look_after(part))

    def _look_up(self, part: ReplyPart) -> None:
        """Does it stand? A network that knows a key when it sees it again is asked by sending again."""
        capabilities = registry.network(part.channel.network).capabilities
        age = (timezone.now() - part.reply.written_at).total_seconds()
        if capabilities.idempotent and (capabilities.idempotent_for is None or age < capabilities.idempotent_for - 60):
            outcomes.absent(part)
            return
        finding: Finding
        try:
            finding = self._line(part.channel).find(self._written(part))
        except Exception as error:
            log.exception("the connector of %s failed in looking up", part.channel.network)
            finding = Unknown(f"{type(error).__name__}: {error}")
        if isinstance(finding, Sent):
            outcomes.keep(part, finding, timezone.now())
        elif isinstance(finding, Absent):
            outcomes.absent(part)
        else:
            outcomes.still_unknown(part, finding if isinstance(finding, Later) else None)

    def _written(self, part: ReplyPart) -> Part:
        """The part as the connector sends it: the same to the byte at every attempt."""
        answers = part.reply.answers
        before = part.reply.parts.filter(number=part.number - 1).select_related("message").first()
        profile = answers.profile
        private = part.reply.private
        threaded = answers.private == private
        reply_to = before.message.key if before and before.message else (answers.key if threaded else "")
        return Part(
            key=part.key,
            text=part.text,
            written_at=part.reply.written_at + timedelta(milliseconds=part.number - 1),
            visibility=Visibility.PRIVATE if private else _audience(answers.visibility),
            reply_to=reply_to,
            root=(answers.root or answers.key) if threaded else "",
            to=Author(profile.key, profile.handle, profile.name) if profile else None,
            thread=answers.thread if private and threaded else "",
            lang=answers.lang,
        )

    # --- connections ---

    def _line(self, channel: Channel) -> Connection:
        line = self._lines.get(channel.pk)
        now = timezone.now()
        if line and line.sealed == bytes(channel.secrets) and now - line.opened_at < REUSE:
            return line.connection
        self._hang_up(channel.pk)
        context = registry.network(channel.network).connect(vault.account(channel), timeout=self.timeout)
        opened = context.__enter__()
        self._lines[channel.pk] = _Line(context, opened, bytes(channel.secrets), now)
        return opened

    def _keep_renewed(self, channel: Channel) -> None:
        """Credentials that the network renewed while we talked are kept before they are needed again."""
        line = self._lines.get(channel.pk)
        if line and line.connection.renewed:
            line.sealed = vault.seal(line.connection.renewed)
            line.connection.renewed = None
            Channel.objects.filter(pk=channel.pk).update(secrets=line.sealed)

    def _hang_up(self, channel_id: int) -> None:
        line = self._lines.pop(channel_id, None)
        if line:
            line.context.__exit__(None, None, None)

    def close(self) -> None:
        for channel_id in list(self._lines):
            self._hang_up(channel_id)


def _audience(visibility: str) -> Visibility:
    """We answer where we were asked; what is for followers only is answered for all who may read the thread."""
    return Visibility(visibility) if visibility != "private" else Visibility.PUBLIC
