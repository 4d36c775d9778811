"""The worker: reads the networks, reads what was kept, sends what is due, and does what the timetable says.

It holds no state: every claim is a lock on its own database session, so it can be killed at any moment and any
number of workers share one database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import close_old_connections, connection
from procrastinate.contrib.django import app as timetable

from kikite.cases.replying import OUTBOX

from .bell import listen
from .reading import Readers
from .receive import KEPT, Reader
from .sending import Sender

log = logging.getLogger(__name__)


class Worker:
    """The threads of one worker process."""

    def __init__(self, senders: int = 4, send_timeout: float = 15.0) -> None:
        self.stop = threading.Event()
        self.kept = threading.Event()
        self.outbox = [threading.Event() for _ in range(senders)]
        self.send_timeout = send_timeout
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin all the work; returns at once."""
        self._thread("bell", self._ring)
        self._thread("intake", self._intake)
        self._thread("readers", Readers(self.stop).run)
        for number, wake in enumerate(self.outbox):
            self._thread(f"sender-{number}", partial(Sender(self.send_timeout).run, wake, self.stop))

    def _thread(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def finish(self) -> None:
        """Stop; what is being sent or read into cases is brought to its end, as long as one request may take.

        Readers of networks are left as they are: what they did not keep yet is asked for again.
        """
        self.stop.set()
        for bell in (self.kept, *self.outbox):
            bell.set()
        end = time.monotonic() + self.send_timeout + 1
        for thread in self._threads:
            if thread.name.startswith(("sender", "intake")):
                thread.join(max(end - time.monotonic(), 0))

    def _ring(self) -> None:
        listen({KEPT: [self.kept], OUTBOX: self.outbox}, self.stop)

    def _intake(self) -> None:
        reader = Reader()
        while not self.stop.is_set():
            try:
                self.kept.clear()
                close_old_connections()
                if not reader.read():
                    self.kept.wait(1.0)
            except Exception:
                log.exception("reading deliveries failed; trying again")
                connection.close()
                self.stop.wait(1)


def main() -> None:
    """Work until SIGTERM or SIGINT."""
    worker = Worker(settings.SENDERS, settings.SEND_TIMEOUT)
    worker.start()
    asyncio.run(_keep_timetable())
    worker.finish()


async def _keep_timetable() -> None:
    """Run the timetable's jobs in this thread until a signal comes."""
    loop = asyncio.get_running_loop()
    job = asyncio.ensure_future(_timetable())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, job.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await job


async def _timetable() -> None:
    """Procrastinate's worker, begun again when the database was away."""
    while True:
        try:
            connector = timetable.connector.get_worker_connector()  # type: ignore[attr-defined]
            async with timetable.with_connector(connector).open_async() as opened:
                await opened.run_worker_async(install_signal_handlers=False, concurrency=1)
        except asyncio.CancelledError:
            raise
        except Exception:
            task = asyncio.current_task()
            if task and task.cancelling():  # told to stop, and the database went before us
                raise asyncio.CancelledError from None
            log.exception("the timetable stopped; beginning again")
            await asyncio.sleep(2)
