"""How a brand speaks, and which links were looked at."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kikite.accounts.models import Brand


class Voice(models.Model):
    """How a brand speaks in one language, and what its checks in that language ask for.

    `avoid` holds one word a line, with what is said instead behind an equals sign; `prefer` and `dictionary` one word
    a line. `levels` are the checks that do not stand at their own level: {check: level}.
    """

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        JAPANESE = "ja", "日本語"

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="voices", db_index=False)
    language = models.CharField(max_length=10, choices=Language)
    tone = models.TextField(blank=True)
    avoid = models.TextField(blank=True)
    prefer = models.TextField(blank=True)
    dictionary = models.TextField(blank=True)
    levels = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["brand", "language"], name="one_voice_a_language")
        ]


class Link(models.Model):
    """A link that somebody wrote, and what was there when we last looked. `dead` is empty before the first look."""

    address = models.CharField(max_length=2000, unique=True)
    dead = models.BooleanField(null=True)
    asked_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["asked_at"], name="link_asked")]
