"""What a message's template needs: what it is, who has seen it, what can be done with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kikite.cases import doubting
from kikite.cases.models import Message, ReplyPart
from kikite.cases.states import PartState
from kikite.channels.models import Channel
from kikite.customers.models import Profile
from kikite.desk import words
from kikite.networks.contract import Moderation
from kikite.workflows import moderating, wording
from kikite.workflows.abilities import able

register = template.Library()

# What leaves within this was only to be taken back; anybody's setting is shorter.
MOMENT = timedelta(minutes=1)
_CODE = re.compile(r":[\w@.-]{1,80}:")


@register.filter
def said_as(kind: str) -> str:
    """The network's word for what a message is, in the agent's language where we know it."""
    return str(words.KINDS.get(kind, kind))


@register.filter
def read_by(message: Message, profiles: Iterable[Profile]) -> bool:
    """Whether the customer has seen this private message of ours, as the network tells."""
    return message.private and any(
        profile.read_to is not None and profile.read_to >= message.posted_at and profile.realm == message.realm
        for profile in profiles
    )


@register.filter
def moderations(message: Message) -> list[str]:
    """What can be done with it on the network (`Moderation`)."""
    return [act.value for act in moderating.possible(message, able(message.channel))]


@register.filter
def act_on(act: str, message: Message) -> str:
    """The words on the button."""
    ours = message.direction == Message.Direction.OUT
    return str(words.TAKE_BACK if ours else words.ACTS[Moderation(act)])


@register.filter
def hands_over(channel: Channel) -> bool:
    return able(channel).hand_over


@register.filter
def handed(part: ReplyPart) -> str:
    """Where a part that was handed over is posted; "" while the part before it does not stand."""
    return wording.link(part)


@register.filter
def waits(part: ReplyPart) -> bool:
    """It leaves later, and has not begun to."""
    at = part.reply.leaves_at
    return part.state == PartState.QUEUED and at is not None and at > timezone.now()


@register.filter
def scheduled(part: ReplyPart) -> bool:
    """Its agent chose the time."""
    reply = part.reply
    return waits(part) and (reply.leaves_at or reply.written_at) - reply.written_at > MOMENT


@register.filter
def doubted(part: ReplyPart) -> bool:
    """A person may say whether it stands."""
    return doubting.lasting(part, timezone.now())


@register.filter
def host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


@register.simple_tag
def pictured(text: SafeString, message: Message, slug: str) -> SafeString:
    """A text with a server's own emoji as pictures, through our proxy. `text` is safe already."""
    found: dict[str, int] = {
        thing["alt"]: n for n, thing in enumerate(_things(message)) if thing.get("kind") == "emoji" and thing.get("alt")
    }
    if not found or message.deleted_at:
        return text

    def drawn(code: re.Match[str]) -> str:
        if code[0] not in found:
            return code[0]
        address = reverse("desk:media", args=[slug, message.pk, found[code[0]]])
        return format_html('<img class="emoji" src="{}" alt="{}" title="{}" loading="lazy">', address, code[0], code[0])

    return mark_safe(_CODE.sub(drawn, text))  # noqa: S308 - the text is safe, and so is what is put in


def _things(message: Message) -> list[dict[str, Any]]:
    return message.media if isinstance(message.media, list) else []
