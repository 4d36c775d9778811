"""Waking sleepers: threads that wait for work hear of it through the database's own notifications."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence

import psycopg

from kikite.history import hearing

log = logging.getLogger(__name__)


def listen(events: Mapping[str, Sequence[threading.Event]], stop: threading.Event) -> None:
    """Set the events of each notification channel whenever it rings, until told to stop.

    After a lost connection every event is set once: something may have rung unheard.
    """
    while not stop.is_set():
        try:
            with psycopg.connect(**hearing.parameters(), autocommit=True) as ears:
                for channel in events:
                    ears.execute(f'LISTEN "{channel}"')
                _ring(event for bells in events.values() for event in bells)
                while not stop.is_set():
                    for notice in ears.notifies(timeout=1.0):
                        _ring(events[notice.channel])
        except psycopg.Error:
            log.warning("the database does not answer; listening again in a second")
            stop.wait(1)


def _ring(bells: Iterable[threading.Event]) -> None:
    for event in bells:
        event.set()
