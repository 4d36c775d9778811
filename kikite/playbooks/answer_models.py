"""Canned answers: words that a brand says again and again, and where they were said."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kikite.accounts.models import Brand
from kikite.cases.models import Reply

from .voice_models import Voice


class Answer(models.Model):
    """A canned answer. `text` may hold variables (`filling.py`); an empty language or network means any.

    `used` and `used_at` tell of replies that were sent with it, not of drafts (`answering.count`).
    """

    class Audience(models.TextChoices):
        ANY = "", _("Public and private")
        PUBLIC = "public", _("Public only")
        PRIVATE = "private", _("Private only")

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="answers", db_index=False)
    language = models.CharField(max_length=10, choices=Voice.Language, blank=True)
    network = models.CharField(max_length=30, blank=True)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.ANY, blank=True)
    title = models.CharField(max_length=120)
    shortcut = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    used = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(default=timezone.now)
    # Days after which somebody should read it again; 0: never.
    review_days = models.PositiveSmallIntegerField(default=180)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["brand", "language", "shortcut"], name="one_answer_a_shortcut", condition=~Q(shortcut="")
            )
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["brand", "title"], name="answer_title")]

    def __str__(self) -> str:
        return self.title

    @property
    def stale(self) -> bool:
        """Whether it should be read again."""
        return bool(self.review_days) and self.reviewed_at < timezone.now() - timedelta(days=self.review_days)


class AnswerUse(models.Model):
    """A reply that was sent with an answer in it: each counts once, however often it is sent."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="uses", db_index=False)
    reply = models.ForeignKey(Reply, models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["answer", "reply"], name="one_use_a_reply")
        ]
