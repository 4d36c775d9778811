"""Access that ends by itself is renewed in time, once, whoever needs it: reader, senders, pages or the timetable.

A refresh token may be good for one use, so credentials change only under a lock of the channel's own. It lives in a
short transaction of whoever renews: a process that dies gives it back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.channels.noting import note
from kikite.lib.secrets import CannotDecrypt
from kikite.networks import registry
from kikite.networks.contract import Account, Connection, NetworkTrouble, Renewal, Unauthorised, Unreachable

log = logging.getLogger(__name__)

# First number of the advisory locks of credentials; the second is the channel's id modulo 2**31.
LOCK = 0x4B52454E
NOTE = "renewal"  # under which the channel's settings keep how renewing went
# After a renewal that failed, while the old access still lives; and after one that did not help.
PAUSE = timedelta(minutes=1)


def fresh(channel: Channel, timeout: float = 15.0) -> Account:
    """The channel as its connector sees it, with access that lives on; `channel` is brought up to date with it.

    Raises NetworkTrouble when access has ended and cannot be renewed, CannotDecrypt.
    """
    return _renewed(channel, timeout) if due(channel) else vault.account(channel)


def due(channel: Channel) -> bool:
    """Whether access ends soon and should be renewed now. Raises CannotDecrypt."""
    if channel.expires_at is None:
        return False
    before = _renews(channel)
    now = timezone.now()
    if before is None or channel.expires_at - now > before:
        return False
    return channel.expires_at <= now or not _lately(channel, "failed_at", now)


def rescued(channel: Channel, timeout: float = 15.0) -> bool:
    """The network refused these credentials: whether there are others now, renewed by us or given by somebody else."""
    used = bytes(channel.secrets)
    with _alone(channel):
        if bytes(channel.secrets) != used:
            return bool(channel.secrets)
        if not channel.secrets or _renews(channel) is None or _lately(channel, "at", timezone.now()):
            return False
        return _try(channel, timeout) is None


def keep_renewed(channel: Channel, link: Connection) -> None:
    """Keep credentials that the network renewed while we talked, before they are needed again.

    Only what changed since the connection was opened: what others renewed meanwhile, or somebody gave anew, stays.
    """
    if not link.renewed:
        return
    ours, link.renewed = dict(link.renewed), None
    base = vault.account(channel).secrets
    with _alone(channel):
        if not channel.secrets:
            return  # it was disconnected
        kept = dict(vault.account(channel).secrets)
        changed = {name: value for name, value in ours.items() if value != base.get(name)}
        _save(channel, kept | {name: value for name, value in changed.items() if kept.get(name) == base.get(name)})


def lock(channel_id: int) -> None:
    """Nobody else changes this channel's credentials until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, channel_id % 2**31])


def renew_all() -> None:
    """Renew whatever ends soon: also what is rarely used must not die."""
    for channel in Channel.objects.connected().filter(expires_at__isnull=False, unauthorised_at=None):
        try:
            fresh(channel)
        except (NetworkTrouble, CannotDecrypt) as trouble:
            log.warning("access of %s %s is not renewed: %s", channel.network, channel.handle, trouble)


@contextmanager
def _alone(channel: Channel) -> Iterator[None]:
    """A transaction of its own with the lock, and the channel as it is now; without secrets once disconnected."""
    with transaction.atomic(durable=True):
        lock(channel.pk)
        now = Channel.objects.connected().filter(pk=channel.pk).first()
        channel.secrets = now.secrets if now else b""
        if now:
            channel.expires_at, channel.settings = now.expires_at, now.settings
        yield


def _renewed(channel: Channel, timeout: float) -> Account:
    trouble: NetworkTrouble | None = None
    with _alone(channel):
        if not channel.secrets:
            raise Unauthorised("the channel was disconnected")
        if due(channel):  # nobody renewed it while we waited
            trouble = _try(channel, timeout)
    if trouble is not None and (channel.expires_at is None or channel.expires_at <= timezone.now()):
        raise trouble
    return vault.account(channel)


def _try(channel: Channel, timeout: float) -> NetworkTrouble | None:
    """Ask the network, and keep what it says; what went wrong, with the old credentials as they were."""
    network = registry.network(channel.network)
    try:
        renewal = network.renew(vault.account(channel), timeout=timeout)
    except NetworkTrouble as trouble:
        return _failed(channel, trouble)
    except Exception as error:
        log.exception("the connector of %s failed in renewing", channel.network)
        return _failed(channel, Unreachable(f"renewing failed: {type(error).__name__}"))
    _keep(channel, renewal)
    return None


def _keep(channel: Channel, renewal: Renewal) -> None:
    _save(channel, dict(renewal.secrets), expires_at=renewal.expires_at)
    note(channel, NOTE, {"at": timezone.now().isoformat()})
    log.info("access of %s %s is renewed until %s", channel.network, channel.handle, renewal.expires_at or "revoked")


def _failed(channel: Channel, trouble: NetworkTrouble) -> NetworkTrouble:
    why = str(trouble).replace("\x00", "")[:500] or type(trouble).__name__
    said = {"failed_at": timezone.now().isoformat(), "why": why, "refused": isinstance(trouble, Unauthorised)}
    note(channel, NOTE, {"at": _noted(channel).get("at")} | said)
    log.warning("access of %s %s could not be renewed: %s", channel.network, channel.handle, why)
    return trouble


def _save(channel: Channel, secrets: dict[str, str], **more: Any) -> None:
    values = {"secrets": vault.seal(secrets), **more}
    Channel.objects.filter(pk=channel.pk).update(**values)
    for name, value in values.items():
        setattr(channel, name, value)


def _renews(channel: Channel) -> timedelta | None:
    return registry.network(channel.network).able(vault.account(channel)).renews


def _noted(channel: Channel) -> dict[str, Any]:
    found = channel.settings.get(NOTE)
    return found if isinstance(found, dict) else {}


def _lately(channel: Channel, what: str, now: datetime) -> bool:
    said = _noted(channel).get(what)
    return isinstance(said, str) and now - datetime.fromisoformat(said).astimezone(UTC) < PAUSE
