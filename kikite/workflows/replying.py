"""An agent's words become a reply: through which channel, to which message, in how many parts, sent by whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent, Brand
from kikite.cases import replying
from kikite.cases.acting import hold
from kikite.cases.models import Attachment, Case, Message, Reply
from kikite.channels import vault
from kikite.channels.models import Channel
from kikite.networks import planning, registry
from kikite.networks.answering import Asked, How, Permit, Why, permit
from kikite.networks.contract import Capabilities, Limits
from kikite.networks.planning import PlannedMedia, ReplyPlan
from kikite.playbooks.checks.gathering import blocked

from . import attaching
from .abilities import able

# Far more than any network takes in one thread; a paste of a whole book is stopped here.
LONGEST = 20_000


class CannotReply(ValueError):
    """The reply was not taken; the message says why in words for the agent, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Where a reply to this case would stand, and whether, how and until when it can be given."""

    channel: Channel
    message: Message
    limits: Limits
    capabilities: Capabilities
    network: str  # as people write it
    permit: Permit

    @property
    def open(self) -> bool:
        return self.permit.how is not How.NEVER

    @property
    def handed(self) -> bool:
        return self.permit.how is How.HAND_OVER


def answering(case: Case, private: bool) -> Answering | None:
    """What a reply would answer: the customer's newest word of that kind that still stands.

    A private word may also answer a public one where the network lets us. None when there is nothing to answer so.
    """
    return ways(case)[private]


def ways(case: Case, known: Sequence[Message] | None = None) -> tuple[Answering | None, Answering | None]:
    """As `answering`, for a public and for a private reply. `known` are all of the case's messages, oldest first, where
    the caller has them; else one query finds what there is to answer."""
    found = _newest(case) if known is None else known
    newest = {message.private: message for message in found if message.direction == "in" and not message.deleted_at}
    public, private = newest.get(False), newest.get(True)
    to = private or public
    if to is not None and not able(to.channel).private_messages:
        to = None
    return (
        _answering(public, private=False) if public else None,
        _answering(to, private=True) if to else None,
    )


def _newest(case: Case) -> Iterable[Message]:
    words = case.messages.filter(direction=Message.Direction.IN, deleted_at=None).select_related(
        "channel__brand", "profile"
    )
    hidden = ExpressionWrapper(Q(visibility="private"), BooleanField())
    return words.annotate(hidden=hidden).order_by("hidden", "-posted_at", "-id").distinct("hidden")


def _answering(message: Message, *, private: bool) -> Answering:
    channel = message.channel
    network = registry.network(channel.network)
    account = vault.named(channel)
    can = network.able(account)
    asked = _asked(message, used=private and not message.private and can.private_reply is not None)
    allowed = permit(can, asked, private=private, now=timezone.now())
    return Answering(channel, message, network.limits(account), can, network.title, allowed)


def _asked(message: Message, *, used: bool) -> Asked:
    """`used`: look whether this comment was answered privately before."""
    once = used and replying.answered_privately(message)
    named = message.channel.key in message.names
    return Asked(message.private, message.posted_at, named=named, sealed=message.sealed, used=once)


def plan(case: Case, text: str, private: bool, by: Agent) -> ReplyPlan:
    """How the draft of an agent will stand. Raises CannotReply when there is nothing to answer that way."""
    way = _way(case, private)
    return _planned(text[:LONGEST], way, private, by, attaching.draft(case, by))


def _planned(text: str, way: Answering, private: bool, by: Agent, files: Sequence[Attachment]) -> ReplyPlan:
    """The one plan that is shown and sent. Raises CannotReply for a file that does not go this way."""
    signs = way.channel.brand.sign_offs
    planned = planning.plan(
        text, way.limits, private=private, names=[way.message.profile.handle] if way.message.profile else (),
        media=[PlannedMedia(file.kind, file.mime) for file in files],
        signature=by.signature() if signs != Brand.SignOffs.NEVER else "", sign_each=signs == Brand.SignOffs.EACH,
    )  # fmt: skip
    if planned.left:
        name = files[planned.left[0]].name
        raise CannotReply(_("%(file)s cannot be sent this way on this network. Take it out.") % {"file": name})
    return planned


@transaction.atomic
def send(
    case: Case, by: Agent, text: str, private: bool, token: UUID, warning: str = "",
    *, leaves_at: datetime | None = None, holds: bool = False,
) -> Reply:  # fmt: skip
    """Keep the reply as planned and have it sent, or handed over where the network's API does not take it.

    `leaves_at`: not before then; `holds`: and not when the customer writes before it.

    The same token is the same reply, whatever has happened since. Raises CannotReply.
    """
    if known := Reply.objects.filter(token=token).first():
        return known
    if len(text) > LONGEST:
        raise CannotReply(_("This is longer than %(most)s characters. Shorten it.") % {"most": LONGEST})
    case = hold(case)
    way = _way(case, private)
    files = attaching.draft(case, by)
    parts = _planned(text, way, private, by, files).parts
    if not parts:
        raise CannotReply(_("There is nothing to send yet. Write a reply first."))
    if way.channel.disconnected_at:
        raise CannotReply(_("%(channel)s is disconnected. Connect it again first.") % {"channel": way.channel.handle})
    if way.handed and files:
        raise CannotReply(_("Files cannot be handed over with the words: take them out, and add them in the app."))
    if stopped := blocked(case, by, text, private=private):
        raise CannotReply(_("Your brand asks for this to be mended first: %(reason)s.") % {"reason": stopped.reason})
    reply = replying.queue(
        case, by, way.channel, way.message, text.strip(), [part.text for part in parts],
        private=private, token=token, handed=way.handed, warning=warning if way.capabilities.warnings else "",
        leaves_at=None if way.handed else leaves_at, holds=holds,
    )  # fmt: skip
    attaching.hang(reply, files, [part.media for part in parts])
    return reply


def _way(case: Case, private: bool) -> Answering:
    way = answering(case, private)
    if way is None:
        raise CannotReply(
            _("This customer has not written privately, and the network does not let us write first.")
            if private
            else _("There is no public message of this customer left to answer.")
        )
    if not way.open:
        raise CannotReply(reason(way.permit))
    return way


def reason(permit: Permit) -> str:
    """Why it is not simply sent, in words for the agent; "" when it is."""
    return {
        None: "",
        Why.UNSUMMONED: _("They did not name this account, so the network takes no answer from here."),
        Why.SEALED: _("This conversation is encrypted: only the network's own app can read and answer it."),
        Why.CLOSED: _("The network takes private messages only for a time after the customer's last one. It is over."),
        Why.ONCE: _("This comment was answered privately before, and the network allows it once."),
        Why.COLD: _("This customer has not written privately, and the network does not let us write first."),
    }[permit.why]
