"""An agent's words become a reply: through which channel, to which message, in how many parts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent
from kikite.cases import replying
from kikite.cases.acting import hold
from kikite.cases.models import Case, Message, Reply
from kikite.channels.models import Channel
from kikite.networks import planning, registry
from kikite.networks.contract import Account, Capabilities, Limits
from kikite.networks.planning import ReplyPlan

# Far more than any network takes in one thread; a paste of a whole book is stopped here.
LONGEST = 20_000


class CannotReply(ValueError):
    """The reply was not taken; the message says why in words for the agent, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Where a reply to this case would stand."""

    channel: Channel
    message: Message
    limits: Limits
    capabilities: Capabilities
    network: str  # as people write it


def answering(case: Case, private: bool) -> Answering | None:
    """What a reply would answer: the customer's newest word of that kind that still stands.

    A private word may also answer a public one where the network lets us write first. None when there is no way.
    """
    return ways(case)[private]


def ways(case: Case) -> tuple[Answering | None, Answering | None]:
    """As `answering`, for a public and for a private reply, by one query."""
    words = case.messages.filter(direction=Message.Direction.IN, deleted_at=None).select_related("channel", "profile")
    hidden = ExpressionWrapper(Q(visibility="private"), BooleanField())
    newest = words.annotate(hidden=hidden).order_by("hidden", "-posted_at", "-id").distinct("hidden")
    found = {message.private: message for message in newest}
    public, private = found.get(False), found.get(True)
    if private is None and public is not None and _capabilities(public).cold_private:
        private = public
    if private is not None and not _capabilities(private).private_messages:
        private = None
    return _answering(public), _answering(private)


def _capabilities(message: Message) -> Capabilities:
    return registry.network(message.channel.network).capabilities


def _answering(message: Message | None) -> Answering | None:
    if message is None:
        return None
    network = registry.network(message.channel.network)
    return Answering(message.channel, message, _limits(message.channel), network.capabilities, network.title)


def _limits(channel: Channel) -> Limits:
    account = Account(channel.key, channel.handle, channel.base_url, settings=channel.settings)
    return registry.network(channel.network).limits(account)


def plan(case: Case, text: str, private: bool) -> ReplyPlan:
    """How the text will stand. Raises CannotReply when there is nothing to answer that way."""
    return planning.plan(text[:LONGEST], _way(case, private).limits, private=private)


@transaction.atomic
def send(case: Case, by: Agent, text: str, private: bool, token: UUID) -> Reply:
    """Keep the reply as planned and have it sent. The same token is the same reply, whatever has happened since.

    Raises CannotReply.
    """
    if known := Reply.objects.filter(token=token).first():
        return known
    if len(text) > LONGEST:
        raise CannotReply(_("This is longer than %(most)s characters. Shorten it.") % {"most": LONGEST})
    case = hold(case)
    way = _way(case, private)
    parts = planning.plan(text, way.limits, private=private).texts
    if not parts:
        raise CannotReply(_("There is nothing to send yet. Write a reply first."))
    if way.channel.disconnected_at:
        raise CannotReply(_("%(channel)s is disconnected. Connect it again first.") % {"channel": way.channel.handle})
    return replying.queue(case, by, way.channel, way.message, text.strip(), parts, private=private, token=token)


def _way(case: Case, private: bool) -> Answering:
    way = answering(case, private)
    if way is None:
        raise CannotReply(
            _("This customer has not written privately, and the network does not let us write first.")
            if private
            else _("There is no public message of this customer left to answer.")
        )
    return way
