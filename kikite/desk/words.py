"""Events, refusals and states in words that an agent would use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kikite.history.models import Event, Verb

_SENTENCES = {
    Verb.OPENED: gettext_lazy("Case opened"),
    Verb.RECEIVED: gettext_lazy("The customer wrote"),
    Verb.EDITED: gettext_lazy("The customer changed a message"),
    Verb.DELETED: gettext_lazy("The customer deleted a message"),
    Verb.ANSWERED_ELSEWHERE: gettext_lazy("Answered on the network itself"),
    Verb.MERGED: gettext_lazy("Another case became part of this one"),
    Verb.NOTED: gettext_lazy("%(who)s left a note"),
    Verb.REPLIED: gettext_lazy("%(who)s replied"),
    Verb.SENT: gettext_lazy("Reply sent"),
    Verb.REFUSED: gettext_lazy("The network refused a reply"),
    Verb.WITHDRAWN: gettext_lazy("%(who)s withdrew a reply"),
    Verb.HANDED_OVER: gettext_lazy("%(who)s took a reply over to the network's own app"),
    Verb.UNSENT: gettext_lazy("%(who)s took a sent message back"),
    Verb.RESOLVED: gettext_lazy("%(who)s resolved the case"),
    Verb.UNDONE: gettext_lazy("%(who)s took the last act back"),
}

# What was done to a message, by contract.Moderation.
MODERATED = {
    "hide": gettext_lazy("%(who)s hid a message on the network"),
    "unhide": gettext_lazy("%(who)s showed a hidden message again"),
    "like": gettext_lazy("%(who)s liked a message"),
    "unlike": gettext_lazy("%(who)s took a like back"),
    "delete": gettext_lazy("%(who)s deleted a message of the customer on the network"),
}

# The buttons of a message's menu.
ACTS = {
    "hide": gettext_lazy("Hide it"),
    "unhide": gettext_lazy("Show it again"),
    "like": gettext_lazy("Like it"),
    "unlike": gettext_lazy("Take the like back"),
    "delete": gettext_lazy("Delete it for everybody"),
}
TAKE_BACK = gettext_lazy("Take it back")

# What a message is, by the network's word for it (`Message.kind`).
KINDS = {
    "comment": gettext_lazy("comment"),
    "mention": gettext_lazy("mention"),
    "story reply": gettext_lazy("answer to a story"),
    "story mention": gettext_lazy("mention in a story"),
    "review": gettext_lazy("review"),
    "quote": gettext_lazy("quote"),
}

# Why a network did not take a reply, by contract.Reason, and what helps.
REFUSALS = {
    "too_long": gettext_lazy("It is too long for the network."),
    "gone": gettext_lazy("The post it answers was deleted."),
    "blocked": gettext_lazy("The customer has blocked this account."),
    "closed": gettext_lazy("The customer takes no private messages now. A public reply may reach them."),
    "duplicate": gettext_lazy("The network does not take the same words twice. Change them a little."),
    "forbidden": gettext_lazy("This account may not post that here."),
    "unsummoned": gettext_lazy(
        "The network takes answers from here only to those who named this account. Post it in the network's own app."
    ),
    "media": gettext_lazy("The network does not take a picture or file of this kind or size."),
    "invalid": gettext_lazy("The network could not read it."),
    "unauthorised": gettext_lazy("The channel must be connected again."),
    "rate_limited": gettext_lazy("The network asks us to wait."),
    "unavailable": gettext_lazy("The network does not answer."),
    "overtaken": gettext_lazy("The customer wrote before it left. Read that, then change it or send it as it is."),
}


def sentence(event: Event, names: Mapping[int, str]) -> str:
    """One event as a sentence. `names` are the brand's agents by id."""
    who = event.agent.short_name() if event.agent else _("Somebody")
    if event.verb == Verb.ASSIGNED:
        return _assigned(event, who, names)
    if event.verb == Verb.SNOOZED:
        return _("%(who)s snoozed it until %(until)s") % {"who": who, "until": _moment(event.data.get("until"))}
    if event.verb == Verb.WOKEN:
        return _("%(who)s woke it") % {"who": who} if event.agent else _("Back from snooze")
    if event.verb == Verb.MODERATED:
        return str(MODERATED.get(event.data.get("act", ""), event.verb)) % {"who": who}
    if event.verb == Verb.REOPENED:
        return _("%(who)s reopened it") % {"who": who} if event.agent else _("Reopened by the customer’s next word")
    return str(_SENTENCES.get(Verb(event.verb), event.verb)) % {"who": who}


def refusal(reason: str) -> str:
    """Why the network did not take it; "" when it did not say."""
    return str(REFUSALS.get(reason, ""))


def _assigned(event: Event, who: str, names: Mapping[int, str]) -> str:
    to = event.data.get("to")
    if to is None:
        return _("%(who)s gave it back to the queue") % {"who": who}
    if event.agent_id == to:
        return _("%(who)s took it") % {"who": who}
    return _("%(who)s gave it to %(to)s") % {"who": who, "to": names.get(to, _("somebody"))}


def _moment(text: object) -> str:
    at = parse_datetime(text) if isinstance(text, str) else None
    if at is None:
        return ""
    return moment(at)


def moment(at: datetime) -> str:
    """The time of day, with the day where it is not today."""
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    return (
        date_format(local, "H:i") if today else f"{date_format(local, 'MONTH_DAY_FORMAT')} {date_format(local, 'H:i')}"
    )
