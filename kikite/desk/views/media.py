"""Customers' pictures, through us and only for those who may see the case."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from kikite.accounts.models import Brand
from kikite.cases.models import Attachment, Message
from kikite.channels.models import Channel
from kikite.customers.models import Profile
from kikite.desk.scope import AgentRequest, in_brand
from kikite.workflows.attaching import OURS
from kikite.workflows.media import NoPicture, download, fetch, kept_apart

# A drawing (SVG) may hold scripts; opened by itself it must not run any of them as one of our pages.
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_KEPT = "private, max-age=86400"
_PICTURES = ("image", "sticker", "emoji")


@in_brand
def media(request: AgentRequest, brand: Brand, message: int, n: int) -> HttpResponse:
    """The `n`th thing that hangs on a message, counted from 0."""
    found = get_object_or_404(Message.objects.select_related("channel"), pk=message, brand=brand, deleted_at=None)
    if n >= len(found.media):
        raise Http404
    thing = found.media[n]
    url = str(thing.get("url", ""))
    if url.startswith(OURS):
        return _ours(Attachment.objects.filter(part__message=found, pk=url.removeprefix(OURS)))
    return _picture(found.channel, url) if thing.get("kind") in _PICTURES else _file(found.channel, url, thing)


def _ours(files: QuerySet[Attachment]) -> HttpResponse:
    file = get_object_or_404(files)
    return inline(bytes(file.body), file.mime)


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
        return _none(error)
    return inline(got.body, got.mime)


def inline(body: bytes, mime: str) -> HttpResponse:
    """A picture or file shown as what it is and nothing else: no script of it runs, and no other site reads it."""
    return HttpResponse(
        body,
        content_type=mime,
        headers={"Cache-Control": _KEPT, "Content-Security-Policy": _SANDBOX, "X-Content-Type-Options": "nosniff"},
    )


def _file(channel: Channel, url: str, thing: dict[str, str]) -> HttpResponse:
    """Something to save. Where everybody may have it, the agent's browser gets it where it lies."""
    if not url.startswith(("https://", "http://")):
        raise Http404
    if not kept_apart(channel, url):
        return HttpResponseRedirect(url)
    try:
        body = download(channel, url)
    except NoPicture as error:
        return _none(error)
    response = HttpResponse(body, content_type="application/octet-stream", headers={"Cache-Control": _KEPT})
    name = thing.get("alt") if thing.get("kind") == "file" else ""
    response["Content-Disposition"] = content_disposition_header(True, name or thing.get("kind") or "file")
    return response


def _none(error: NoPicture) -> HttpResponse:
    return HttpResponse(f"{error}\n", status=404, content_type="text/plain; charset=utf-8")
