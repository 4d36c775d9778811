"""What an agent does to a case. A verb is a resource: POST makes it so, DELETE takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kikite.accounts.models import Agent, Brand
from kikite.cases import assigning, closing, doubting, noting, replying, snoozing
from kikite.cases.handing import hand_over, posted
from kikite.cases.models import Case, Message, ReplyPart
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
    shown = found(request, brand, number)
    if request.method == "POST":
        closing.resolve(shown, request.user)
        return _said(_done(request, brand, number), _("Resolved"), undo="closure", case=shown)
    if request.method == "DELETE":
        closing.reopen(shown, request.user)
        return _said(_done(request, brand, number), _("Reopened"))
    return HttpResponseNotAllowed(["POST", "DELETE"])


@in_brand
def assignment(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Give the case to `to` (an agent's number), to oneself without it; DELETE gives it back to the queue, or undoes
    that it was given to `given`: it is `was`'s again."""
    shown = found(request, brand, number)
    if request.method == "POST":
        to = _colleague(request, brand)
        was = shown.assignee_id
        assigning.assign(shown, request.user, to)
        text = _("Yours now") if to == request.user else _("Given to %(name)s") % {"name": to.short_name()}
        query = urlencode({"given": to.pk, "was": was or ""})
        return _said(_done(request, brand, number), text, undo="assignment", case=shown, query=query)
    if request.method == "DELETE" and "given" in request.GET:
        if not assigning.give_back(shown, request.user, _number(request, "given"), _before(request, brand)):
            return refused(_("Somebody else has changed this meanwhile. It stays as it is."), 409)
        return _said(_done(request, brand, number), _("As it was before"))
    if request.method == "DELETE":
        assigning.assign(shown, request.user, None)
        return _said(_done(request, brand, number), _("Back in the queue for everybody"))
    return HttpResponseNotAllowed(["POST", "DELETE"])


@in_brand
def sleep(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Let the case sleep until `until` (a line of the menu, or a local date and time); DELETE wakes it."""
    shown = found(request, brand, number)
    if request.method == "POST":
        until = _until(request.POST.get("until", ""))
        if until is None or until <= timezone.now():
            return refused(_("Choose a time to come."))
        snoozing.snooze(shown, request.user, until)
        return _said(_done(request, brand, number), _("Snoozed"), undo="sleep", case=shown)
    if request.method == "DELETE":
        snoozing.wake(shown, request.user)
        return _said(_done(request, brand, number), _("Awake again"))
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
    leaves_at = _until(later) if later else _undoable(request.user)
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


def _said(
    response: HttpResponse, text: str, *, undo: str = "", case: Case | None = None, query: str = ""
) -> HttpResponse:
    """Have the page say what was done, and offer to take it back."""
    says: dict[str, str] = {"text": text}
    if case is not None:
        says["undo"] = reverse(f"desk:{undo}", args=[case.brand.slug, case.pk]) + (f"?{query}" if query else "")
    response["HX-Trigger"] = json.dumps({"desk:says": says})
    return response


def _colleague(request: AgentRequest, brand: Brand) -> Agent:
    number = request.POST.get("to", "")
    if not number.isdecimal():
        return request.user
    return get_object_or_404(brand.agents.filter(is_active=True), pk=int(number[:18]))


def _before(request: AgentRequest, brand: Brand) -> Agent | None:
    """Whose the case was, if they still work here."""
    return brand.agents.filter(is_active=True, pk=_number(request, "was")).first()


def _number(request: AgentRequest, name: str) -> int:
    """A number of the address; 0, which is nobody's, when there is none."""
    written = request.GET.get(name, "")
    return int(written[:18]) if written.isascii() and written.isdecimal() else 0


def _undoable(agent: Agent) -> datetime | None:
    """Until when a reply that is sent now can be taken back; None: it leaves at once."""
    return timezone.now() + timedelta(seconds=agent.undo_seconds) if agent.undo_seconds else None


def _until(text: str) -> datetime | None:
    for choice in sleeps():
        if choice.name == text:
            return choice.until
    try:
        local = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(local) if local and timezone.is_naive(local) else local
