"""Having the networks call us: where they are told to, when they can, and how that stands."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from kikite.channels.models import Channel
from kikite.channels.noting import note
from kikite.lib.secrets import CannotDecrypt
from kikite.networks import registry
from kikite.networks.contract import Account, NetworkTrouble

from . import renewing
from .abilities import able
from .metering import ChannelMeter

log = logging.getLogger(__name__)

PATH = "/hooks/"
NOTE = "webhook"  # in the channel's settings: what the network calls, as it was told; absent: nothing calls
TROUBLE = "webhook_trouble"  # and why it could not be told
TIMEOUT = 15.0


def address(hook: str) -> str:
    """The address of a webhook, as networks are told it."""
    return f"{settings.PUBLIC_URL}{PATH}{hook}"


def reachable(channel: Channel) -> bool:
    """Whether this network can call us: over https from anywhere, or because its server is on this machine."""
    here = urlsplit(settings.PUBLIC_URL)
    return (here.scheme == "https" and not _local(here.hostname)) or _local(urlsplit(channel.base_url).hostname)


def possible(channel: Channel) -> bool:
    """Whether we can have it call us ourselves."""
    return channel.disconnected_at is None and _subscribes(channel) and reachable(channel)


def subscribe(channel: Channel) -> bool:
    """Have the network call us, where it can; whether it does now. Done again, it mends what the network forgot."""
    try:
        if not possible(channel):
            return False
        account, meter = renewing.fresh(channel, TIMEOUT), ChannelMeter(channel)
        with registry.network(channel.network).connect(account, timeout=TIMEOUT, meter=meter) as link:
            try:
                said = link.subscribe(address(channel.hook))
            finally:
                renewing.keep_renewed(channel, link)
    except (NetworkTrouble, CannotDecrypt) as trouble:
        return _failed(channel, str(trouble))
    except Exception as error:
        log.exception("the connector of %s failed in subscribing", channel.network)
        return _failed(channel, type(error).__name__)
    note(channel, NOTE, {**said, "at": timezone.now().isoformat()})
    note(channel, TROUBLE, None)
    return True


def end(channel: Channel, account: Account) -> None:
    """The network need not call any more. Raises NetworkTrouble."""
    with registry.network(channel.network).connect(account, timeout=TIMEOUT, meter=ChannelMeter(channel)) as link:
        link.unsubscribe()
    note(channel, NOTE, None)
    # Where one webhook serves all accounts of an app, it may have been this channel's.
    for other in Channel.objects.connected().filter(network=channel.network, base_url=channel.base_url):
        if other.settings.get(NOTE):
            subscribe(other)


def subscribe_all() -> None:
    """Networks forget webhooks that failed for a while; every night they are told again."""
    for channel in Channel.objects.connected().filter(unauthorised_at=None):
        subscribe(channel)


def _failed(channel: Channel, why: str) -> bool:
    log.warning("%s %s does not call us: %s", channel.network, channel.handle, why)
    note(channel, TROUBLE, {"at": timezone.now().isoformat(), "why": why.replace("\x00", "")[:500]})
    return False


def _subscribes(channel: Channel) -> bool:
    return able(channel).subscribes


def _local(host: str | None) -> bool:
    if host in (None, "", "localhost"):
        return host == "localhost"
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
