"""A channel's credentials: encrypted at rest, seen only by the connector that uses them."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from kikite.lib.secrets import Box
from kikite.networks.contract import Account

from .models import Channel


def seal(values: Mapping[str, str]) -> bytes:
    """Encrypt credentials with the newest key."""
    return Box(settings.ENCRYPTION_KEYS).seal(values)


def named(channel: Channel) -> Account:
    """The channel without its credentials: enough to read what came and to know what can be done."""
    return Account(channel.key, channel.handle, channel.base_url, settings=channel.settings)


def opened(sealed: bytes) -> dict[str, str]:
    """What was sealed. Raises CannotDecrypt when no key fits."""
    return Box(settings.ENCRYPTION_KEYS).open(sealed)


def account(channel: Channel) -> Account:
    """The channel as its connector sees it, credentials in clear. Raises CannotDecrypt when no key fits."""
    return Account(channel.key, channel.handle, channel.base_url, opened(bytes(channel.secrets)), channel.settings)
