"""What an agent does to a case. A verb is a resource: POST makes it so, DELETE takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent, Brand
from kikite.cases import bulk, doubting, noting, replying
from kikite.cases.handing import hand_over, posted
from kikite.cases.models import Message, ReplyPart
from kikite.cases.states import PartState
from kikite.desk import words
from kikite.desk.dossier import sleeps
from kikite.desk.scope import AgentRequest, in_brand
from kikite.networks.contract import Moderation
from kikite.playbooks import answering
from kikite.workflows.moderating import CannotModerate, moderate
from kikite.workflows.replying import CannotReply, send
from kikite.workflows.wording import link

from .case import found, fragments

NOTE_LONGEST = 10_000


@in_brand
def closure(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Resolve; DELETE reopens."""
    if request.method == "POST":
        return _act(request, brand, number, bulk.resolving(request.user), _("Resolved"))
    if request.method == "DELETE":
        return _act(request, brand, number, bulk.reopening(), _("Reopened"))
    return HttpResponseNotAllowed(["POST", "DELETE"])


@in_brand
def assignment(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Give the case to `to` (an agent's number), to oneself without it; DELETE gives it back to the queue."""
    if request.method == "POST":
        to = colleague(request, brand)
        text = _("Yours now") if to == request.user else _("Given to %(name)s") % {"name": to.short_name()}
        return _act(request, brand, number, bulk.giving(brand, to), text)
    if request.method == "DELETE":
        return _act(request, brand, number, bulk.giving(brand, None), _("Back in the queue for everybody"))
    return HttpResponseNotAllowed(["POST", "DELETE"])


@in_brand
def sleep(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Let the case sleep until `until` (a line of the menu, or a local date and time); DELETE wakes it."""
    found(request, brand, number)
    if request.method == "POST":
        until = moment(request.POST.get("until", ""))
        if until is None or until <= timezone.now():
            return refused(_("Choose a time to come."))
        return _act(request, brand, number, bulk.snoozing(until), _("Snoozed"))
    if request.method == "DELETE":
        return _act(request, brand, number, bulk.waking(), _("Awake again"))
    return HttpResponseNotAllowed(["POST", "DELETE"])


@in_brand
def notes(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Leave a note."""
    shown = found(request, brand, number)
    text = request.POST.get("text", "").strip()
    if not text:
        return refused(_("There is nothing to note yet. Write something first."))
    if len(text) > NOTE_LONGEST:
        return refused(_("This is longer than %(most)s characters. Shorten it.") % {"most": NOTE_LONGEST})
    noting.note(shown, request.user, text)
    return _done(request, brand, number)


@in_brand
def replies(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Take a reply and have it sent. The same `token` again is the same reply."""
    shown = found(request, brand, number)
    try:
        token = UUID(request.POST.get("token", ""))
    except ValueError:
        return refused(_("This page is out of date. Load it again; your text is kept."))
    private, text = request.POST.get("mode") == "private", request.POST.get("text", "")
    later = request.POST.get("later", "")
    leaves_at = moment(later) if later else _undoable(request.user)
    if later and (leaves_at is None or leaves_at <= timezone.now()):
        return refused(_("Choose a time to come."))
    try:
        reply = send(
            shown, request.user, text, private, token, request.POST.get("warning", ""),
            leaves_at=leaves_at, holds=bool(later) and request.POST.get("holds") == "on",
        )  # fmt: skip
    except CannotReply as error:
        return refused(str(error))
    answering.count(brand, reply, [int(one) for one in request.POST.getlist("answer") if one.isdecimal()][:50])
    done = _done(request, brand, number)
    handed = reply.parts.filter(state=PartState.HANDED).order_by("number").first()
    if handed:
        done["X-Open"] = link(handed)  # the page has opened a window for it, as browsers want at the press of a button
    return done


@in_brand
def return_(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """Take back a whole reply that has not begun to leave: its words and files go back to the composer."""
    return _on_part(request, brand, number, part, replying.take_back, _("It has left already and can’t be withdrawn."))


@in_brand
def departure(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """A reply that was to leave later leaves now."""
    return _on_part(request, brand, number, part, replying.leave_now, _("It is on its way already."))


@in_brand
def withdrawal(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """Take back what has not left."""
    return _on_part(request, brand, number, part, replying.withdraw, _("It has left already and can’t be withdrawn."))


@in_brand
def attempt(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """Send once more what was refused, as it is."""
    return _on_part(request, brand, number, part, replying.retry, _("It is on its way already."))


@in_brand
def handing(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """A person posts, in the network's own app, what the network refused from us."""
    return _on_part(request, brand, number, part, hand_over, _("It is on its way already."))


@in_brand
def standing(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """What was handed over is posted, says its agent."""
    return _on_part(request, brand, number, part, posted, _("It is on its way already."))


@in_brand
def doubt(request: AgentRequest, brand: Brand, number: int, part: int) -> HttpResponse:
    """Whether what the network does not tell of stands there, says an agent who looked: `stands` is yes or no."""
    act = doubting.stands if request.POST.get("stands") == "yes" else doubting.missing
    return _on_part(request, brand, number, part, act, _("That is settled already."))


@in_brand
def moderation(request: AgentRequest, brand: Brand, number: int, message: int) -> HttpResponse:
    """Hide, like or delete a message on the network, or take our own back (`act`)."""
    shown = found(request, brand, number)
    meant = get_object_or_404(Message.objects.select_related("channel"), pk=message, case=shown)
    try:
        moderate(meant, request.user, Moderation(request.POST.get("act", "")))
    except ValueError as error:
        reason = words.refusal(error.reason) if isinstance(error, CannotModerate) and error.reason else ""
        return refused(f"{reason} {error}".strip(), 409)
    return _done(request, brand, number)


def refused(sentence: str, status: int = 422) -> HttpResponse:
    """Nothing was done; the page says why and keeps what was written."""
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def _on_part(
    request: AgentRequest, brand: Brand, number: int, part: int, act: Callable[[ReplyPart, Agent], bool], late: str
) -> HttpResponse:
    shown = found(request, brand, number)
    parts = ReplyPart.objects.select_related("case", "reply__answers", "channel")
    if not act(get_object_or_404(parts, pk=part, case=shown), request.user):
        return refused(late, 409)
    return _done(request, brand, number)


def _done(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """The case as it stands now."""
    return fragments(request, found(request, brand, number))


def _act(request: AgentRequest, brand: Brand, number: int, deed: bulk.Deed, text: str) -> HttpResponse:
    """Do it; the page says what was done, and offers to undo it."""
    done = bulk.act(brand, request.user, [found(request, brand, number).pk], deed)
    response = _done(request, brand, number)
    says = {"text": text}
    if done.act is not None:
        says["undo"] = reverse("desk:act", args=[brand.slug, done.act.pk])
    response["HX-Trigger"] = json.dumps({"desk:says": says})
    return response


def colleague(request: AgentRequest, brand: Brand) -> Agent:
    """Who is meant by `to`, the number of an agent of the brand; oneself without it. Raises Http404."""
    number = request.POST.get("to", "")
    if not number.isdecimal():
        return request.user
    return get_object_or_404(brand.agents.filter(is_active=True), pk=int(number[:18]))


def _undoable(agent: Agent) -> datetime | None:
    """Until when a reply that is sent now can be taken back; None: it leaves at once."""
    return timezone.now() + timedelta(seconds=agent.undo_seconds) if agent.undo_seconds else None


def moment(text: str) -> datetime | None:
    """A time as a menu of times says it, or a date and time of the agent's zone; None for what is none."""
    for choice in sleeps():
        if choice.name == text:
            return choice.until
    try:
        local = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(local) if local and timezone.is_naive(local) else local
