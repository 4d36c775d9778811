"""Brands, the agents who answer for them, and what each may do."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Brand(models.Model):
    """A company as its customers know it. One installation serves several; nothing is shared between them."""

    class SignOffs(models.TextChoices):
        """Which parts of a reply its agent signs."""

        NEVER = "never", _("Nobody signs")
        LAST = "last", _("On the last part of a reply")
        EACH = "each", _("On each part of a reply")

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    # A new conversation of a customer who was silent for longer than this is a new case (see cases/threading.py).
    quiet_days = models.PositiveSmallIntegerField(default=7)
    sign_offs = models.CharField(max_length=10, choices=SignOffs, default=SignOffs.NEVER)
    created_at = models.DateTimeField(auto_now_add=True)

    agents: models.ManyToManyField[Agent, Membership]

    def __str__(self) -> str:
        return self.name


class AgentManager(BaseUserManager["Agent"]):
    """Agents are known by their e-mail address, in any case of letters."""

    def get_by_natural_key(self, username: str | None) -> Agent:
        return self.get(email__iexact=username or "")

    def create_agent(self, email: str, password: str | None, name: str, **extra: object) -> Agent:
        """A new agent who can sign in; without a password only by other means."""
        agent = self.model(email=self.normalize_email(email), name=name, **extra)
        agent.set_password(password)
        agent.save(using=self._db)
        return agent


class Agent(AbstractBaseUser):
    """A person who answers. `is_admin` may set up the installation; everything else is given brand by brand."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        DENSE = "dense", _("Dense")

    class Undo(models.IntegerChoices):
        """For how many seconds a reply can be taken back before it leaves."""

        NONE = 0, _("Not at all: it leaves at once")
        FIVE = 5, _("5 seconds")
        TEN = 10, _("10 seconds")
        TWENTY = 20, _("20 seconds")
        THIRTY = 30, _("30 seconds")

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    # Without the caret: "CP" signs as ^CP. Empty: as the name suggests.
    initials = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.AUTO)
    density = models.CharField(max_length=12, choices=Density, default=Density.COMFORTABLE)
    undo_seconds = models.PositiveSmallIntegerField(choices=Undo, default=Undo.FIVE, db_default=Undo.FIVE)
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    brands = models.ManyToManyField(Brand, through="Membership", related_name="agents")

    objects: ClassVar[AgentManager] = AgentManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="agent_email_any_case")
        ]

    def __str__(self) -> str:
        return self.name

    def short_name(self) -> str:
        """The first name, as colleagues say it; Japanese names are kept whole."""
        return self.name.split(" ", 1)[0] if self.name.isascii() else self.name

    def signature(self) -> str:
        """How the agent signs: ^CP for Chie Park, ^田中 for 田中 葵. "" for a name without letters."""
        initials = self.initials or self.suggested_initials()
        return f"^{initials}" if initials else ""

    def suggested_initials(self) -> str:
        """The first letters of the name; of one that is not written in ASCII its first word, the family's."""
        parts = [part for part in self.name.replace("\u3000", " ").split() if part[0].isalnum()]
        if not parts:
            return ""
        return "".join(part[0] for part in parts[:3]).upper() if self.name.isascii() else parts[0][:20]


class Membership(models.Model):
    """An agent works for a brand, as agent, lead or admin."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        LEAD = "lead", _("Lead")
        ADMIN = "admin", _("Admin")

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="memberships")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agent", "brand"], name="one_membership_a_brand")
        ]


class FailedSignIn(models.Model):
    """A sign-in that failed: what keeps somebody from trying passwords for ever (kikite.accounts.throttling)."""

    email = models.CharField(max_length=254)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["email", "at"], name="failed_email"),
            models.Index(fields=["address", "at"], name="failed_address"),
        ]
