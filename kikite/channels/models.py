"""A brand's accounts on the networks, and what the networks handed us, raw."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kikite.accounts.models import Agent, Brand


def new_hook() -> str:
    return secrets.token_urlsafe(24)


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, agent: Agent) -> ChannelQuerySet:
        """The channels of the brands that this agent works for."""
        return self.filter(brand__memberships__agent=agent)

    def connected(self) -> ChannelQuerySet:
        return self.filter(disconnected_at=None)


class Channel(models.Model):
    """One account of a brand on one network (@TMobileHelp on X).

    `secrets` are the credentials, encrypted (kikite.channels.vault); `settings` is what the server said of itself.
    Trouble is kept as what it is and since when, so that a page can say it and a token can be renewed in peace:
    deliveries are kept whatever happens here.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="channels")
    network = models.CharField(max_length=30)
    realm = models.CharField(max_length=200)
    key = models.CharField(max_length=400)
    handle = models.CharField(max_length=300)
    name = models.CharField(max_length=300, blank=True)
    avatar = models.TextField(blank=True)
    base_url = models.CharField(max_length=400)
    secrets = models.BinaryField(default=b"")
    settings = models.JSONField(default=dict)
    # The unguessable end of the address that the network's webhook calls.
    hook = models.CharField(max_length=60, unique=True, default=new_hook)
    cursor = models.TextField(blank=True)
    connected_at = models.DateTimeField(auto_now_add=True)
    disconnected_at = models.DateTimeField(null=True)
    # The network no longer takes our credentials; replies wait until somebody connects it again.
    unauthorised_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)
    trouble_since = models.DateTimeField(null=True)
    last_read_at = models.DateTimeField(null=True)
    last_delivery_at = models.DateTimeField(null=True)
    # The network's own word on when it takes the next reply.
    send_after = models.DateTimeField(null=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["brand", "realm", "key"], name="one_channel_an_account")
        ]

    def __str__(self) -> str:
        return self.handle


class Delivery(models.Model):
    """One thing a network handed us, raw, as it came; kept before anything reads it, unique by channel and key.

    Unread while `read_at` and `set_aside_at` are empty. What cannot be read is set aside with the reason and can be
    run again. The body of what was read is dropped after KIKITE_KEEP_RAW_HOURS.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries", db_index=False)
    key = models.CharField(max_length=500)
    kind = models.CharField(max_length=40)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["channel", "key"], name="one_delivery_a_key")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="delivery_unread", condition=Q(read_at=None, set_aside_at=None)),
            models.Index(fields=["channel", "id"], name="delivery_aside", condition=Q(set_aside_at__isnull=False)),
            models.Index(
                fields=["read_at"],
                name="delivery_raw",  # read, and its body still here: what drop_raw looks for
                condition=Q(read_at__isnull=False) & ~Q(body=b""),
            ),
        ]
