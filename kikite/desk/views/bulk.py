"""Acts on many cases at once, and undoing an act on one or many."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kikite.accounts.models import Brand
from kikite.cases import bulk
from kikite.cases.models import Act
from kikite.desk import lists
from kikite.desk.dossier import sleeps
from kikite.desk.lists import Shelf
from kikite.desk.scope import AgentRequest, in_brand

from .acts import colleague, moment, refused


@require_POST
@in_brand
def acts(request: AgentRequest, brand: Brand) -> HttpResponse:
    """Do `act` to the cases `ids` (their numbers with commas between), or to all of the list `shelf`."""
    ids = _meant(request, brand)
    if not ids:
        return refused(_("Choose cases first."))
    deed = _deed(request, brand)
    if deed is None:
        return refused(_("Choose a time to come."))
    done = bulk.act(brand, request.user, ids, deed)
    count = len(done.cases)
    text = ngettext("%(n)s case changed", "%(n)s cases changed", count) % {"n": count}
    undo = reverse("desk:act", args=[brand.slug, done.act.pk]) if done.act else ""
    return JsonResponse({"text": text, "undo": undo})


@require_http_methods(["DELETE"])
@in_brand
def act(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Undo an act of one's own."""
    own = get_object_or_404(Act.objects.select_related("brand"), pk=number, brand=brand, agent=request.user)
    back, kept = bulk.undo(own, request.user)
    if kept and not back:
        text = _("Somebody else has changed this meanwhile. It stays as it is.")
    elif kept:
        text = _("%(back)s undone; %(kept)s were changed since and stay as they are") % {"back": back, "kept": kept}
    else:
        text = _("Undone")
    return JsonResponse({"text": text})


@require_GET
@in_brand
def tools(request: AgentRequest, brand: Brand) -> HttpResponse:
    """What can be done with the chosen cases: the bar below the list, read when the first is chosen."""
    colleagues = brand.agents.filter(is_active=True).order_by("name")
    context = {"slug": brand.slug, "colleagues": colleagues, "sleeps": sleeps(), "most": bulk.MOST}
    return render(request, "desk/list/_tools.html", context)


def _meant(request: AgentRequest, brand: Brand) -> Sequence[int]:
    shelf = request.POST.get("shelf", "")
    if shelf in set(Shelf):
        return lists.numbers(request.user, brand, Shelf(shelf), bulk.MOST)
    words = request.POST.get("ids", "").split(",")[: bulk.MOST]
    return [int(word) for word in words if word.isdecimal() and len(word) <= 18]


def _deed(request: AgentRequest, brand: Brand) -> bulk.Deed | None:
    """None for a time that is none."""
    match request.POST.get("act"):
        case "resolve":
            return bulk.resolving(request.user)
        case "reopen":
            return bulk.reopening()
        case "release":
            return bulk.giving(brand, None)
        case "snooze":
            until = moment(request.POST.get("until", ""))
            return bulk.snoozing(until) if until and until > timezone.now() else None
        case "wake":
            return bulk.waking()
        case _:
            return bulk.giving(brand, colleague(request, brand))
