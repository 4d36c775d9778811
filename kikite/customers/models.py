"""The people who write, and their accounts on the networks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kikite.accounts.models import Agent, Brand


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, agent: Agent) -> CustomerQuerySet:
        return self.filter(brand__memberships__agent=agent)


class Customer(models.Model):
    """The person behind one or more profiles, as one brand knows them."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="customers")
    name = models.CharField(max_length=300)
    since = models.DateTimeField()

    objects = CustomerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """An account of somebody on a network, as it last told of itself. `key` is unique within brand and realm."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="profiles", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="profiles")
    network = models.CharField(max_length=30)
    realm = models.CharField(max_length=200)
    key = models.CharField(max_length=400)
    handle = models.CharField(max_length=300)
    name = models.CharField(max_length=300, blank=True)
    avatar = models.TextField(blank=True)
    url = models.TextField(blank=True)
    followers = models.BigIntegerField(null=True)
    automated = models.BooleanField(default=False)
    # Up to when they have seen our private messages, as the network told.
    read_to = models.DateTimeField(null=True)
    # When the network was asked for the name and picture that its messages come without.
    looked_up_at = models.DateTimeField(null=True)
    # When the network told us the above: an older message does not overwrite a newer one's picture.
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["brand", "realm", "key"], name="one_profile_an_account")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["brand", "realm", "looked_up_at"], name="profile_looked_up")
        ]

    def __str__(self) -> str:
        return self.name or self.handle
