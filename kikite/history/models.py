"""Everything that happened: who did what to which case, and when. Measures are made from this alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kikite.accounts.models import Agent, Brand


class Verb(models.TextChoices):
    """What can happen to a case; `data` of the event holds what the comment says."""

    OPENED = "opened"
    RECEIVED = "received"  # message
    EDITED = "edited"  # message
    DELETED = "deleted"  # message
    ANSWERED_ELSEWHERE = "answered_elsewhere"  # message: written on the network itself by our people
    MERGED = "merged"  # into this case: case
    ASSIGNED = "assigned"  # to: agent id or null; was
    NOTED = "noted"  # note
    REPLIED = "replied"  # reply
    SENT = "sent"  # reply, part
    REFUSED = "refused"  # reply, part, reason, detail
    WITHDRAWN = "withdrawn"  # reply, part
    HANDED_OVER = "handed_over"  # reply: a person posts it in the network's own app
    MODERATED = "moderated"  # message, act (contract.Moderation)
    UNSENT = "unsent"  # message: we took back what we had sent
    SNOOZED = "snoozed"  # until
    WOKEN = "woken"
    RESOLVED = "resolved"
    UNDONE = "undone"  # verb: the act that was taken back
    REOPENED = "reopened"  # message, when it was the customer's next word


class Event(models.Model):
    """One change of one case. Written in the transaction of the change itself (kikite.history.recording)."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    # The case's id. No foreign key: history stands below the cases that it tells of.
    case_id = models.BigIntegerField()
    verb = models.CharField(max_length=30, choices=Verb)
    agent = models.ForeignKey(Agent, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["case_id", "id"], name="event_case")]
