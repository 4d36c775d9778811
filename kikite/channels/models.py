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
    # How it was connected (`Way.name`), which permissions were not granted, and when access ends unless renewed.
    way = models.CharField(max_length=30, blank=True)
    missing = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    # The network no longer takes our credentials; replies wait until somebody connects it again.
    unauthorised_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)
    trouble_since = models.DateTimeField(null=True)
    last_read_at = models.DateTimeField(null=True)
    last_delivery_at = models.DateTimeField(null=True)
    # When the newest message that reached us was written, by the network's clock, and how long it took to reach us.
    newest_at = models.DateTimeField(null=True)
    newest_lag = models.DurationField(null=True)
    # Until when reading waits because a limit of the network is used up.
    read_after = models.DateTimeField(null=True)
    # The network's own word on when it takes the next reply.
    send_after = models.DateTimeField(null=True)
    # The most US dollars that reading may cost a UTC day before the least urgent of it waits; empty: no such budget.
    daily_usd = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    # What became of posts is asked again in turns: the last message that was asked about.
    swept_to = models.BigIntegerField(default=0)
    # When the last round of that ended.
    swept_at = models.DateTimeField(null=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["brand", "realm", "key"], name="one_channel_an_account")
        ]

    def __str__(self) -> str:
        return self.handle


class SigningIn(models.Model):
    """Somebody went to a network to sign in and is expected back; good for one return, by the same agent, in time.

    `state` is the digest of what comes back with them. `sealed` holds the form's fields, the PKCE verifier and, when
    they are back, the accounts to choose from, encrypted as a channel's credentials are.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+")
    network = models.CharField(max_length=30)
    way = models.CharField(max_length=30)
    base_url = models.CharField(max_length=400)
    state = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)
    # When the network sent them back; nothing but the choice of an account is left then.
    returned_at = models.DateTimeField(null=True)


class Budget(models.Model):
    """What is left of one limit of a network, as its newest answer told, for all workers of the installation.

    `bucket` names the limit and whose it is (`networks.contract.Meter`); `remaining` is of `limit` until `resets_at`.
    `told_at` after `resets_at`: the window is over, and the next one began then; nobody told of it yet.
    """

    network = models.CharField(max_length=30)
    bucket = models.CharField(max_length=200)
    limit = models.BigIntegerField()
    remaining = models.BigIntegerField()
    resets_at = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["network", "bucket"], name="one_budget_a_bucket")
        ]


class Share(models.Model):
    """What one channel used of a budget in the window that ends at `resets_at`, so that no channel that shares a limit
    with others uses it up alone."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="shares", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="shares")
    used = models.BigIntegerField(default=0)
    resets_at = models.DateTimeField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["budget", "channel"], name="one_share_a_channel")
        ]


class Incident(models.Model):
    """Something that a person must mend, from when it began to when it was over; the admins are told of both, once."""

    class Kind(models.TextChoices):
        UNAUTHORISED = "unauthorised"  # the network takes our credentials no longer
        EXPIRING = "expiring"  # they will soon end
        TROUBLE = "trouble"  # reading fails, for longer than a moment

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="incidents")
    kind = models.CharField(max_length=20, choices=Kind)
    detail = models.TextField(blank=True)
    began_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    over_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["channel", "kind"], name="one_open_incident_a_kind", condition=Q(over_at=None)
            )
        ]


class Spending(models.Model):
    """What a channel cost on one UTC day, by the network's price list (`Capabilities.prices`)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="spending", db_index=False)
    day = models.DateField()
    what = models.CharField(max_length=40)
    pieces = models.BigIntegerField()
    usd = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["channel", "day", "what"], name="one_spending_a_day")
        ]


class Charged(models.Model):
    """A thing that was charged on a UTC day and is not charged again on it; forgotten when the day is over."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    what = models.CharField(max_length=40)
    key = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "channel", "what", "key"], name="charged_once_a_day")
        ]


class Gap(models.Model):
    """Time of which a network no longer told us: what was said then may be missing. Shown until an admin saw it."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="gaps")
    since = models.DateTimeField()
    until = models.DateTimeField()
    why = models.TextField(blank=True)
    noticed_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Agent, models.SET_NULL, null=True, related_name="+")


class Listener(models.Model):
    """A standing search of what everybody says, through one channel, in the network's own language of queries."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="listeners")
    query = models.CharField(max_length=500)
    cursor = models.TextField(blank=True)
    searched_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["channel", "query"], name="one_listener_a_query")
        ]


class Question(models.Model):
    """The key of something that a network only named: its words are still to be asked for (`contract.Named`)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="questions", db_index=False)
    key = models.CharField(max_length=400)
    asked = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["channel", "key"], name="one_question_a_key")
        ]


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
