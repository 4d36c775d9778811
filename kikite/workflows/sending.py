"""The outbox: every part of a reply leaves once. The intent is kept first, then sent, then the outcome is kept.

A sender holds an advisory lock on the part for as long as it works on it. The lock dies with the sender's database
session, so whoever finds a part in SENDING and gets its lock knows that the sender is gone and the outcome unknown:
the network is asked before anything is sent again, and not before the old request must have ended.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from django.utils import timezone

from kikite.cases.models import ReplyPart
from kikite.cases.replying import overtaken
from kikite.cases.states import PARTS, UNFINISHED, PartState
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import (
    Absent,
    Connection,
    Finding,
    Later,
    Outcome,
    Part,
    RateLimited,
    Reason,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
)

from . import outcomes, renewing, wording
from .abilities import able
from .metering import ChannelMeter

log = logging.getLogger(__name__)

# First number of the advisory locks of parts; the second is the part's id modulo 2**31.
PART_LOCK = 0x4B4F5554
# After a request's deadline: time for the network itself to finish what it had already taken.
GRACE = timedelta(seconds=2)
# A key is not relied upon in the last minute of the network's memory of it.
KEY_MARGIN = 60
CANDIDATES = 16
REUSE = timedelta(seconds=60)

# The first unfinished part of each case that nothing holds back. Parts behind a refused one of their own reply wait
# for the agent, and hold back nobody else.
_NEXT = """
SELECT p.id FROM cases_replypart p JOIN channels_channel c ON c.id = p.channel_id
WHERE p.state = ANY(%(states)s) AND p.not_before <= %(now)s
  AND c.unauthorised_at IS NULL AND c.disconnected_at IS NULL AND (c.send_after IS NULL OR c.send_after <= %(now)s)
  AND NOT EXISTS (SELECT 1 FROM cases_replypart e
                  WHERE e.case_id = p.case_id AND e.id < p.id AND e.state = ANY(%(unfinished)s)
                    AND NOT EXISTS (SELECT 1 FROM cases_replypart h
                                    WHERE h.reply_id = e.reply_id AND h.number < e.number
                                      AND h.state IN ('refused', 'withdrawn')))
  AND NOT EXISTS (SELECT 1 FROM cases_replypart e
                  WHERE e.reply_id = p.reply_id AND e.number < p.number AND e.state <> 'sent')
  AND (%(only)s::bigint IS NULL OR p.id = %(only)s)
ORDER BY p.id LIMIT %(limit)s
"""


def due(states: list[PartState] = UNFINISHED, only: int | None = None) -> list[int]:
    """Parts that may take their next step now, oldest first: the first unfinished of each case."""
    values: dict[str, Any] = {
        "states": states, "unfinished": UNFINISHED, "now": timezone.now(), "limit": CANDIDATES, "only": only,
    }  # fmt: skip
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
        self._stop = threading.Event()
        self._lines: dict[int, _Line] = {}

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Work until told to stop, and end with what is under way; `wake` is set when there is something new."""
        self._stop = stop
        while not stop.is_set():
            try:
                wake.clear()
                close_old_connections()
                if not self.send_due():
                    wake.wait(0.5)
            except Exception:
                log.exception("sending failed; trying again")
                self.close()
                connection.close()
                stop.wait(1)
        self.close()
        connection.close()

    def send_due(self) -> int:
        """Take every part that is due and that nobody else holds one step further; returns how many.

        Parts that somebody is sending are looked at apart: however many there are, they never crowd out the others.
        """
        candidates = due([PartState.QUEUED, PartState.UNKNOWN])
        random.shuffle(candidates)
        candidates += due([PartState.SENDING])
        return sum(self._advance(part_id) for part_id in candidates if not self._stop.is_set())

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
        if not due(only=part_id):
            return False
        whole = ReplyPart.objects.select_related("reply__answers__profile", "reply__agent", "channel", "case")
        part = whole.get(pk=part_id)
        if part.state == PartState.SENDING:
            # Whatever its sender began, it began before now.
            log.warning("part %s: its sender died; it is looked up when its request must have ended", part_id)
            outcomes.lost(part, timezone.now() + timedelta(seconds=self.timeout) + GRACE)
        elif part.state == PartState.UNKNOWN and not _knows_again(part):
            self._look_up(part)
        elif part.state == PartState.QUEUED and wording.answers_nothing(part):
            outcomes.keep(part, Refused(Reason.GONE), timezone.now())
        elif part.state == PartState.QUEUED and overtaken(part):
            outcomes.held(part)
        else:
            self._send(part)
        return True

    # --- sending ---

    def _send(self, part: ReplyPart) -> None:
        """One attempt. After an unknown outcome nothing but the network's own yes or no ends the doubt."""
        written, doubt = wording.written(part), part.state == PartState.UNKNOWN
        if not _begin(part):
            return
        outcome = self._attempt(part, written)
        if self._rescued(part.channel, outcome):
            outcome = self._attempt(part, written)
        if doubt and isinstance(outcome, Refused):
            outcome = self._refused_in_doubt(part, written, outcome)
        self._keep_renewed(part.channel)
        assert part.attempted_at is not None
        asked_until = max(part.attempted_at + timedelta(seconds=self.timeout), timezone.now())
        outcomes.keep(part, outcome, asked_until + GRACE, doubt=doubt)

    def _attempt(self, part: ReplyPart, written: Part) -> Outcome:
        line = self._line(part.channel)
        if isinstance(line, Later):
            return line
        try:
            return line.send(written)
        except RateLimited as limit:  # the meter holds back, in the middle of several requests too: nothing stands
            return Later(Reason.RATE_LIMITED, limit.until, str(limit))
        except Exception as error:
            log.exception("the connector of %s failed in sending", part.channel.network)
            self._hang_up(part.channel_id)
            return Unknown(f"{type(error).__name__}: {error}")

    def _refused_in_doubt(self, part: ReplyPart, written: Part, refused: Refused) -> Outcome:
        """This attempt does not stand; but the one before it may (and what it answered be gone since then)."""
        finding = self._find(part, written)
        if isinstance(finding, Absent):
            return refused
        return finding if isinstance(finding, Sent | Later) else Unknown(finding.detail)

    def _look_up(self, part: ReplyPart) -> None:
        """Does it stand?"""
        finding = self._find(part, wording.written(part))
        if self._rescued(part.channel, finding):
            finding = self._find(part, wording.written(part))
        self._keep_renewed(part.channel)
        if isinstance(finding, Sent):
            log.info("part %s: found, it stands", part.pk)
            outcomes.keep(part, finding, timezone.now())
        elif isinstance(finding, Absent):
            log.info("part %s: not found, it is sent again", part.pk)
            outcomes.absent(part)
        else:
            outcomes.still_unknown(part, finding if isinstance(finding, Later) else None)

    def _find(self, part: ReplyPart, written: Part) -> Finding:
        line = self._line(part.channel)
        if isinstance(line, Later):
            return line
        try:
            return line.find(written, wording.same_words(part))
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("the connector of %s failed in looking up", part.channel.network)
            self._hang_up(part.channel_id)
            return Unknown(f"{type(error).__name__}: {error}")

    # --- connections ---

    def _line(self, channel: Channel) -> Connection | Later:
        """A connection for this channel's credentials; why there can be none just now."""
        line = self._lines.get(channel.pk)
        now = timezone.now()
        if line and line.sealed == bytes(channel.secrets) and now - line.opened_at < REUSE:
            return line.connection
        self._hang_up(channel.pk)
        try:
            context = registry.network(channel.network).connect(
                renewing.fresh(channel, self.timeout), timeout=self.timeout, meter=ChannelMeter(channel)
            )
            opened = context.__enter__()
        except Exception as error:
            return _not_connected(channel, error)
        self._lines[channel.pk] = _Line(context, opened, bytes(channel.secrets), now)
        return opened

    def _rescued(self, channel: Channel, said: Outcome | Finding) -> bool:
        """The network no longer took our credentials, and there are others now: nothing was done, it is asked again."""
        return (
            isinstance(said, Later) and said.reason is Reason.UNAUTHORISED and renewing.rescued(channel, self.timeout)
        )

    def _keep_renewed(self, channel: Channel) -> None:
        """Credentials that the network renewed while we talked are kept before they are needed again."""
        line = self._lines.get(channel.pk)
        if line and line.connection.renewed:
            renewing.keep_renewed(channel, line.connection)
            line.sealed = bytes(channel.secrets)

    def _hang_up(self, channel_id: int) -> None:
        line = self._lines.pop(channel_id, None)
        if line:
            with contextlib.suppress(Exception):  # it is given up; how it ends does not matter
                line.context.__exit__(None, None, None)

    def close(self) -> None:
        for channel_id in list(self._lines):
            self._hang_up(channel_id)


def _begin(part: ReplyPart) -> bool:
    """Write the intent; False when the part moved on before us (it was withdrawn)."""
    begun = {"state": PartState.SENDING, "attempts": part.attempts + 1, "attempted_at": timezone.now()}
    PARTS.check(PartState(part.state), PartState.SENDING)
    if not ReplyPart.objects.filter(pk=part.pk, state=part.state, attempts=part.attempts).update(**begun):
        return False
    for name, value in begun.items():
        setattr(part, name, value)
    return True


def _knows_again(part: ReplyPart) -> bool:
    """The network still knows this part's key, so that sending it again is the surest way to ask for it."""
    capabilities = able(part.channel)
    stands_once = capabilities.stands_once(private=part.reply.private)
    if not stands_once or capabilities.idempotent_for is None:
        return stands_once
    age = (timezone.now() - part.reply.written_at).total_seconds()
    return age < capabilities.idempotent_for - KEY_MARGIN


def _not_connected(channel: Channel, error: Exception) -> Later:
    """Nothing was sent, whatever went wrong."""
    if isinstance(error, Unauthorised):
        return Later(Reason.UNAUTHORISED, detail=str(error))
    if isinstance(error, RateLimited):
        return Later(Reason.RATE_LIMITED, error.until, str(error))
    log.warning("no connection to %s %s: %s", channel.network, channel.handle, error)
    return Later(Reason.UNAVAILABLE, detail=f"{type(error).__name__}: {error}")
