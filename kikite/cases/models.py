"""Cases and what they are made of: messages, notes, replies and the parts in which a reply stands on a network."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kikite.accounts.models import Agent, Brand
from kikite.channels.models import Channel
from kikite.customers.models import Customer, Profile

from .states import CaseState, PartState


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, agent: Agent) -> CaseQuerySet:
        """The cases that this agent may see. Every view starts here."""
        return self.filter(brand__memberships__agent=agent)


class Case(models.Model):
    """One customer's one matter, across posts, private messages and networks, from the first word to resolved.

    `state` and everything from `first_at` to `messages` is derived from the messages and the acts below them; only
    `kikite.cases.states.refresh` writes it, so that any order of arrival ends in the same case.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="cases", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="cases", db_index=False)
    # Where it began; a reply goes out through the channel of the message that it answers.
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="cases", db_index=False)

    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.NEW)
    # The customer's first and newest word, ours, and anybody's; by the network's clock.
    first_at = models.DateTimeField()
    last_customer_at = models.DateTimeField()
    last_ours_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField()
    # The customer's oldest word that nobody answered; empty while nothing waits for us.
    waiting_since = models.DateTimeField(null=True)
    # How many of the customer's messages stand unanswered, and how many messages there are.
    unanswered = models.IntegerField(default=0)
    messages_count = models.IntegerField(default=0)
    title = models.CharField(max_length=200, blank=True)
    # The newest word of the customer, as the inbox shows it.
    preview = models.CharField(max_length=200, blank=True)
    preview_private = models.BooleanField(default=False)

    assignee = models.ForeignKey(
        Agent,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_cases",
        db_index=False,
    )
    assigned_at = models.DateTimeField(null=True)
    snoozed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(Agent, models.SET_NULL, null=True, related_name="+", db_index=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["brand", "waiting_since", "id"], name="case_queue", condition=Q(waiting_since__isnull=False)
            ),
            models.Index(
                fields=["brand", "waiting_since", "id"],
                name="case_unassigned",
                condition=Q(waiting_since__isnull=False, assignee__isnull=True),
            ),
            models.Index(
                fields=["assignee", "brand", "waiting_since", "id"],
                name="case_mine",
                condition=Q(assignee__isnull=False) & ~Q(state=CaseState.RESOLVED),
            ),
            models.Index(fields=["brand", "-last_at", "-id"], name="case_all"),
            models.Index(fields=["customer", "first_at"], name="case_customer"),
            models.Index(fields=["snoozed_until"], name="case_asleep", condition=Q(state=CaseState.SNOOZED)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Act(models.Model):
    """One act on one or many cases, with what each had before and after it, so that it can be undone.

    `before` and `after`: [{"id", "assignee_id", "assigned_at", "snoozed_at", "snoozed_until", "resolved_at",
    "resolved_by_id"}], as `kikite.cases.bulk` reads them.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="acts")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+")
    verb = models.CharField(max_length=30)
    at = models.DateTimeField()
    before = models.JSONField()
    after = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["at"], name="act_at")]


class MergedCase(models.Model):
    """The number of a case that became part of another, so that old links still lead to the conversation."""

    id = models.BigIntegerField(primary_key=True)
    into = models.ForeignKey(Case, models.CASCADE, related_name="merged_cases")


class Message(models.Model):
    """One public post or one private message, of a customer or ours, in its newest version.

    A row without a case is kept, not lost: our own post that answers nobody we know (yet), or the trace of a
    deletion that came before its message. Media are the network's addresses; pages reach them through our proxy:
    [{"kind", "url", "alt", "mime", "width", "height"}].
    """

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(Case, models.SET_NULL, null=True, related_name="messages", db_index=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", db_index=False)
    realm = models.CharField(max_length=200)
    key = models.CharField(max_length=400)
    direction = models.CharField(max_length=3, choices=Direction)
    # Whose matter it belongs to; for ours, the customer whom it answers, as far as known.
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="+", db_index=False)
    # Who wrote it; empty for our own accounts and for traces.
    profile = models.ForeignKey(Profile, models.CASCADE, null=True, related_name="+", db_index=False)
    # Who of us wrote it, when it went out through the desk.
    agent = models.ForeignKey(Agent, models.SET_NULL, null=True, related_name="+", db_index=False)
    visibility = models.CharField(max_length=10)
    text = models.TextField()
    lang = models.CharField(max_length=20, blank=True)
    url = models.TextField(blank=True)
    media = models.JSONField(default=list)
    reply_to = models.CharField(max_length=400, blank=True)
    root = models.CharField(max_length=400, blank=True)
    thread = models.CharField(max_length=400, blank=True)
    # By the network's clock, never later than when it reached us.
    posted_at = models.DateTimeField()
    # When it reached us; for ours sent by the desk, when the agent pressed send: what an answer can have known.
    received_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # A private word of ours, written on the network itself, that answers no message in particular (or such a one): it
    # belongs to whichever matter of the customer was the newest when it fell.
    floating = models.BooleanField(default=False)
    # As in `networks.contract.Message`: what it is, whom it summoned, whether only the network's app can read it, the
    # content warning that it stands under.
    kind = models.CharField(max_length=40, blank=True, db_default="")
    names = ArrayField(models.CharField(max_length=400), default=list, db_default=[])
    sealed = models.BooleanField(default=False, db_default=False)
    warning = models.TextField(blank=True, db_default="")
    # What we did with a customer's public words besides answering them.
    hidden_at = models.DateTimeField(null=True)
    liked_at = models.DateTimeField(null=True)
    delivery_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["brand", "realm", "key"], name="one_message_a_key")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["case", "posted_at", "id"],
                name="message_case",
                condition=Q(case__isnull=False),
            ),
            models.Index(
                fields=["brand", "reply_to"],
                name="message_children",
                condition=~Q(reply_to=""),
            ),
            models.Index(fields=["customer"], name="message_floating", condition=Q(floating=True)),
        ]

    @property
    def private(self) -> bool:
        return self.visibility == "private"


class Reaction(models.Model):
    """A like, a repost or the like on one of our messages or a customer's."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    realm = models.CharField(max_length=200)
    message_key = models.CharField(max_length=400)
    author_key = models.CharField(max_length=400)
    handle = models.CharField(max_length=300)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    removed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["brand", "realm", "message_key", "author_key", "kind"],
                name="one_reaction_a_kind",
            )
        ]


class Note(models.Model):
    """What agents tell each other about a case; never leaves the desk."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)


class Reply(models.Model):
    """What an agent wants said, as it was planned and shown: the intent, kept before anything is sent."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="replies")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+")
    # The customer's message that it answers.
    answers = models.ForeignKey(Message, models.PROTECT, related_name="+")
    text = models.TextField()
    private = models.BooleanField(default=False)
    # A content warning that it stands under.
    warning = models.TextField(blank=True)
    written_at = models.DateTimeField()
    # It leaves then and not before: its agent may still take it back, or chose the time. Empty: it left at once.
    leaves_at = models.DateTimeField(null=True)
    # It does not leave when the customer writes before that time.
    holds = models.BooleanField(default=False, db_default=False)
    # Chosen by the page when the agent pressed send, so that a double press is one reply.
    token = models.UUIDField(unique=True)


class Attachment(models.Model):
    """A picture or file that an agent puts into a draft; it goes with the part that the plan gives it to.

    `position` orders them; `part` is empty until the reply is sent. Bytes live in the database, so that any worker can
    send them, and are emptied when the part stands.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+", db_index=False)
    part = models.ForeignKey("ReplyPart", models.CASCADE, null=True, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10)
    mime = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    alt = models.TextField(blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    body = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)


class ReplyPart(models.Model):
    """One post of a reply on its way to the network. Moves only along `kikite.cases.states.PARTS`."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="parts")
    # The order of sending within a case; parts of one reply have rising ids.
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=32, unique=True)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=PartState, default=PartState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField()
    # Why it was refused or must wait (contract.Reason) and the network's own sentence.
    reason = models.CharField(max_length=20, blank=True)
    detail = models.TextField(blank=True)
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="part")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["case", "id"], name="part_unfinished",
                condition=Q(state__in=[PartState.QUEUED, PartState.SENDING, PartState.UNKNOWN]),
            ),
            models.Index(fields=["case"], name="part_case"),
            models.Index(fields=["channel", "attempted_at"], name="part_refused",
                condition=Q(state=PartState.REFUSED),
            ),
        ]  # fmt: skip
