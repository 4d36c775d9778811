"""The stream of server-sent events that every open page reads."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from kikite.accounts.models import Agent

from .hub import Page, brands_of, hub


async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What changes in the brands of the signed-in agent, for as long as the page is open."""
    agent = await request.auser()
    if not isinstance(agent, Agent):
        return HttpResponse(status=401)
    brands = await sync_to_async(_brands)(agent.pk)
    response = StreamingHttpResponse(hub.pages(Page(agent, brands)), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _brands(agent: int) -> set[int]:
    """The agent's brands. Gives the connection back to the pool: a stream lasts for hours and needs none."""
    try:
        return brands_of([agent]).get(agent, set())
    finally:
        connection.close()
