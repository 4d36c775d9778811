"""What a network only named is asked for: its words come as deliveries of their own, kept like all others."""

from __future__ import annotations

import logging

from django.db.models import F

from kikite.channels.models import Channel, Question
from kikite.networks.contract import Capabilities, Connection

from .receive import keep

log = logging.getLogger(__name__)

AT_ONCE = 20
TRIES = 10  # a key that the network cannot speak of is given up; the raw word that named it stays


def wait(channel: Channel) -> bool:
    """Whether something of the channel waits to be asked for."""
    return Question.objects.filter(channel=channel).exists()


def ask(channel: Channel, link: Connection, can: Capabilities) -> int:
    """Ask for what was named, the least often asked first; returns how many. Raises NetworkTrouble: they stay."""
    questions = dict(
        Question.objects.filter(channel=channel).order_by("asked", "pk").values_list("key", "pk")[:AT_ONCE]
    )
    if not questions:
        return 0
    these = Question.objects.filter(pk__in=questions.values())
    these.update(asked=F("asked") + 1)
    given_up = these.filter(asked__gt=TRIES)
    if given_up.exists():
        log.warning(
            "%s %s: nothing can be had of %s",
            channel.network,
            channel.handle,
            list(given_up.values_list("key", flat=True)),
        )
        given_up.delete()
    keep(channel, link.refresh(list(questions)))
    these.delete()
    return len(questions)
