"""`kikite check`: what is wrong with the set-up, and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from kikite.project import env
from kikite.project.cli import ground
from kikite.project.problems import Exit

if TYPE_CHECKING:
    from kikite.channels.models import Channel

SILENT = timedelta(minutes=10)  # a channel that nobody read for so long has no worker
CLOCK_SECONDS = 2.0
LEAST_SPACE = 500_000_000


class Verdict(StrEnum):
    """A NOTE is worth a look and changes nothing; WRONG makes the command end with 3."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` is what to do, when there is something to do."""

    verdict: Verdict
    text: str
    mend: str = ""


def run() -> int:
    """Look at everything, tell it as it is found; the exit code."""
    wrong = False
    for finding in findings():
        print(f"{finding.verdict:6} {finding.text}", flush=True)
        if finding.mend:
            print(f"{'':6} → {finding.mend}")
        wrong |= finding.verdict is Verdict.WRONG
    return Exit.SETUP if wrong else Exit.OK


def findings() -> Iterator[Finding]:
    """Each thing looked at, in an order in which the first wrong one is the first to mend."""
    yield _python()
    settings = env.read()
    yield _keys(settings)
    yield _data(settings)
    yield from _mail(settings)
    yield from _database(settings)


def _ok(text: str) -> Finding:
    return Finding(Verdict.OK, text)


def _wrong(text: str, mend: str) -> Finding:
    return Finding(Verdict.WRONG, text, mend)


def _python() -> Finding:
    return _ok(f"Python {platform.python_version()}, on {platform.system()} {platform.machine()}")


def _keys(settings: env.Environment) -> Finding:
    number = len(env.keys(settings).encryption)
    return _ok(f"Settings and keys ({number} encryption key{'s' if number > 1 else ''})")


def _data(settings: env.Environment) -> Finding:
    if not os.access(settings.data, os.W_OK | os.X_OK):
        return _wrong(f"The data folder {settings.data} cannot be written", "Set KIKITE_DATA, or give us the folder.")
    free = shutil.disk_usage(settings.data).free
    if free < LEAST_SPACE:
        return _wrong(f"The data folder's disk has {free // 1_000_000} MB left", "Make room: PostgreSQL stops without.")
    return _ok(f"Data folder {settings.data}, {free / 1e9:.0f} GB free")


def _mail(settings: env.Environment) -> Iterator[Finding]:
    """Whether the mail server lets us in; nothing is sent."""
    import smtplib

    if not settings.smtp:
        return
    parts = urlsplit(settings.smtp)
    at_once = parts.scheme == "smtps"
    port = parts.port or (465 if at_once else 587)
    try:
        with (smtplib.SMTP_SSL if at_once else smtplib.SMTP)(parts.hostname or "", port, timeout=15) as server:
            if not at_once and "tls=no" not in parts.query:
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
    except (OSError, smtplib.SMTPException) as error:
        words = f"The mail server {parts.hostname}:{port} does not let us in: {type(error).__name__}"
        yield _wrong(words, "See KIKITE_SMTP: host, port, TLS, user and password.")
    else:
        yield _ok(f"Mail server {parts.hostname}:{port} reached")


def _database(settings: env.Environment) -> Iterator[Finding]:
    from kikite.project import pending
    from kikite.project.installed import State

    with _reached(settings) as url:
        if not isinstance(url, str):
            yield url
            return
        try:
            state = pending.state(url)
        except pending.WrongDatabase as error:
            yield _wrong(str(error), "See DATABASE_URL, and whether the server runs.")
            return
        if state is not State.READY:
            yield _wrong("The database lacks migrations", "Run: kikite migrate")
            return
        yield _ok("Database reached, all migrations there")
        with ground.django():
            yield from _inside()


@contextmanager
def _reached(settings: env.Environment) -> Iterator[str | Finding]:
    from kikite.project.embedded import EmbeddedError

    try:
        with ground.database(settings) as url:
            yield url
    except EmbeddedError as error:
        yield _wrong(str(error), "Read the log that it names.")


def _inside() -> Iterator[Finding]:
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (_clock, _channels, _waiting, _aside)
    for look in looks:
        yield from look()


def _clock() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        off = abs(float(cursor.fetchone()[0]) - time.time())
    if off > CLOCK_SECONDS:
        yield _wrong(
            f"This clock and the database's differ by {off:.0f} s", "Keep both by NTP: deadlines depend on it."
        )
    else:
        yield _ok("Clock agrees with the database's")


def _channels() -> Iterator[Finding]:
    from kikite.channels.models import Channel

    channels = list(Channel.objects.filter(disconnected_at=None).select_related("brand"))
    if not channels:
        yield Finding(
            Verdict.NOTE, "No channel is connected", "Connect one on the desk, or by: kikite channels connect"
        )
    for channel in channels:
        yield _channel(channel, datetime.now(UTC))


def _channel(channel: Channel, now: datetime) -> Finding:
    from kikite.channels import vault
    from kikite.lib.secrets import CannotDecrypt

    name = f"Channel {channel.handle} on {channel.network} ({channel.brand})"
    try:
        vault.account(channel)
    except CannotDecrypt:
        return _wrong(
            f"{name}: its credentials open with none of the keys", "Add the old key to KIKITE_ENCRYPTION_KEYS."
        )
    if channel.unauthorised_at:
        return _wrong(f"{name}: the network takes our credentials no longer", "Connect the account again on the desk.")
    if channel.trouble:
        return _wrong(
            f"{name}: {channel.trouble}", "It is tried again by itself; see whether the network can be reached."
        )
    if not channel.last_read_at or now - channel.last_read_at > SILENT:
        return Finding(Verdict.NOTE, f"{name}: not read for a while", "Fine while no worker runs; start kikite serve.")
    return _ok(name)


def _waiting() -> Iterator[Finding]:
    from kikite.channels.models import Delivery

    oldest = Delivery.objects.filter(read_at=None, set_aside_at=None).order_by("id").first()
    if oldest and datetime.now(UTC) - oldest.received_at > SILENT:
        yield _wrong(f"Deliveries wait unread since {oldest.received_at:%Y-%m-%d %H:%M} UTC", "Start a worker.")


def _aside() -> Iterator[Finding]:
    from kikite.channels.models import Delivery

    count = Delivery.objects.filter(set_aside_at__isnull=False).count()
    if count:
        yield Finding(
            Verdict.NOTE, f"Deliveries that could not be read and are set aside: {count}", "See why: kikite aside"
        )
