"""Customers' pictures, through us and only for those who may see the case."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from kikite.accounts.models import Brand
from kikite.cases.models import Message
from kikite.channels.models import Channel
from kikite.customers.models import Profile
from kikite.desk.scope import AgentRequest, in_brand
from kikite.workflows.media import NoPicture, fetch

# A drawing (SVG) may hold scripts; opened by itself it must not run any of them as one of our pages.
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_KEPT = "private, max-age=86400"


@in_brand
def media(request: AgentRequest, brand: Brand, message: int, n: int) -> HttpResponse:
    """The `n`th thing that hangs on a message, counted from 0."""
    found = get_object_or_404(Message.objects.select_related("channel"), pk=message, brand=brand, deleted_at=None)
    if n >= len(found.media):
        raise Http404
    return _picture(found.channel, str(found.media[n].get("url", "")))


@in_brand
def picture(request: AgentRequest, brand: Brand, profile: int) -> HttpResponse:
    """The face of a profile, asked for through a channel of the brand on the same network."""
    found = get_object_or_404(Profile, pk=profile, brand=brand)
    channel = Channel.objects.filter(brand=brand, realm=found.realm).first()
    if channel is None or not found.avatar:
        raise Http404
    return _picture(channel, found.avatar)


def _picture(channel: Channel, url: str) -> HttpResponse:
    try:
        got = fetch(channel, url)
    except NoPicture as error:
        raise Http404(str(error)) from error
    return HttpResponse(
        got.body,
        content_type=got.mime,
        headers={"Cache-Control": _KEPT, "Content-Security-Policy": _SANDBOX, "X-Content-Type-Options": "nosniff"},
    )
