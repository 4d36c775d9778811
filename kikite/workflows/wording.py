"""A part as its network is to see it, the same to the byte at every attempt and every look-up."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from kikite.cases.models import Message, ReplyPart
from kikite.cases.replying import answered_key
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import registry
from kikite.networks.contract import Addresses, Author, Capabilities, Part, Visibility

from . import attaching
from .abilities import able


def written(part: ReplyPart) -> Part:
    """The part as the connector sends it."""
    reply, answers = part.reply, part.reply.answers
    profile, can = answers.profile, able(part.channel)
    threaded = answers.private == reply.private
    return Part(
        key=part.key,
        text=part.text,
        written_at=reply.written_at + timedelta(milliseconds=part.number - 1),
        visibility=Visibility.PRIVATE if reply.private else _audience(answers),
        reply_to=answered_key(part),
        root=(answers.root or answers.key) if threaded else "",
        to=Author(profile.key, profile.handle, profile.name) if profile else None,
        thread=answers.thread if reply.private and threaded else "",
        lang=answers.lang,
        media=attaching.media(part),
        about=answers.key if reply.private and not answers.private and can.private_reply else "",
        late=_late(part, can),
        warning=reply.warning,
    )


def _late(part: ReplyPart, can: Capabilities) -> bool:
    """Whether the time in which the network takes messages from machines too is over."""
    if can.window is None or not (part.reply.private and part.reply.answers.private):
        return False
    theirs = Message.objects.filter(case=part.case_id, direction=Message.Direction.IN, visibility="private")
    last = theirs.aggregate(last=Max("posted_at"))["last"] or part.reply.answers.posted_at
    return timezone.now() > last + can.window


def _audience(answers: Message) -> Visibility:
    """We answer where we were asked; a public answer to a private word is for everybody."""
    return Visibility.PUBLIC if answers.private else Visibility(answers.visibility)


def answers_nothing(part: ReplyPart) -> bool:
    """The customer took the post back before the first part left. Not every network would refuse the answer."""
    return part.number == 1 and not part.reply.private and part.reply.answers.deleted_at is not None


def addresses(channel: Channel) -> Addresses:
    """Where names and tags in messages of this channel lead."""
    return registry.network(channel.network).addresses(vault.named(channel))


def link(part: ReplyPart) -> str:
    """Where a person posts a part that was handed over; "" while the part before it does not stand yet."""
    if part.number > 1 and not answered_key(part):
        return ""
    return registry.network(part.channel.network).hand_over(vault.named(part.channel), written(part))


def same_words(part: ReplyPart) -> frozenset[str]:
    """Keys of posts that are other parts with the same words to the same customer."""
    others = ReplyPart.objects.filter(case__customer=part.case.customer_id, channel=part.channel_id, text=part.text)
    return frozenset(others.filter(message__isnull=False).exclude(pk=part.pk).values_list("message__key", flat=True))
