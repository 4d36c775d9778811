"""How a draft will stand on the network, told while it is written."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from kikite.accounts.models import Brand
from kikite.desk.scope import AgentRequest, in_brand
from kikite.workflows.replying import CannotReply, plan

from .acts import refused
from .case import found


@require_POST
@in_brand
def draft(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """The parts of a draft with their weights: the very plan that "send" will make."""
    shown = found(request, brand, number)
    try:
        planned = plan(shown, request.POST.get("text", ""), request.POST.get("mode") == "private")
    except CannotReply as error:
        return refused(str(error))
    parts = [{"text": part.text, "weight": part.weight, "limit": part.limit} for part in planned.parts]
    return JsonResponse({"parts": parts})
