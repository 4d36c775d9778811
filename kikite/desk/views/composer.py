"""A draft: how it will stand on the network, told while it is written, and the files that go with it."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kikite.accounts.models import Brand
from kikite.cases.models import Attachment
from kikite.desk.scope import AgentRequest, in_brand
from kikite.networks.answering import How
from kikite.workflows import attaching, signalling
from kikite.workflows.replying import CannotReply, plan, ways

from .acts import refused
from .case import found
from .media import inline

LONGEST_ALT = 2000


@require_POST
@in_brand
def draft(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """The parts of a draft with their weights: the very plan that "send" will make."""
    shown = found(request, brand, number)
    try:
        planned = plan(shown, request.POST.get("text", ""), request.POST.get("mode") == "private", request.user)
    except CannotReply as error:
        return refused(str(error))
    parts = [
        {"text": part.text, "weight": part.weight, "limit": part.limit, "files": len(part.media)}
        for part in planned.parts
    ]
    return JsonResponse({"parts": parts})


@require_POST
@in_brand
def typing(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """The agent is writing a private message: the customer may see that."""
    way = ways(found(request, brand, number))[True]
    if way is not None and way.permit.how is How.SEND:
        signalling.writing(way)
    return HttpResponse(status=204)


@require_POST
@in_brand
def files(request: AgentRequest, brand: Brand, number: int) -> HttpResponse:
    """Put a file into the draft; the line that shows it."""
    shown = found(request, brand, number)
    private = request.POST.get("mode") == "private"
    way, file = ways(shown)[private], request.FILES.get("file")
    if way is None or not isinstance(file, UploadedFile):
        return refused(_("There is nothing to attach here."))
    if file.size is None or file.size > attaching.LARGEST:
        return refused(_("This file has more than %(mb)s MB.") % {"mb": attaching.LARGEST // 1024**2}, 413)
    try:
        kept = attaching.attach(shown, request.user, file.name or "", file.read(), way.limits, private=private)
    except attaching.CannotAttach as error:
        return refused(str(error))
    return render(request, "desk/case/_file.html", {"file": kept, "slug": brand.slug, "case": shown})


@in_brand
def file(request: AgentRequest, brand: Brand, number: int, file: int) -> HttpResponse:
    """Describe a file of the draft (`alt`); DELETE takes it out; GET shows it."""
    own = Attachment.objects.filter(case=found(request, brand, number), agent=request.user, part=None)
    kept = get_object_or_404(own, pk=file)
    if request.method == "DELETE":
        kept.delete()
        return HttpResponse(status=204)
    if request.method == "POST":
        own.filter(pk=file).update(alt=request.POST.get("alt", "").replace("\x00", "")[:LONGEST_ALT])
        return HttpResponse(status=204)
    return inline(bytes(kept.body), kept.mime)
