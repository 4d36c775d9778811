"""The inbox: its lists, and the page that an agent begins with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from kikite.accounts.models import Brand
from kikite.desk import frame, lists, rows
from kikite.desk.lists import Shelf
from kikite.desk.scope import AgentRequest, in_brand, signed_in, wants


@signed_in
def home(request: AgentRequest) -> HttpResponse:
    """The inbox of the brand that the agent saw last, or of the first."""
    brand = frame.brand_of(request)
    if brand is None:
        return frame.page(request, "desk/pages/nobrand.html", None, {})
    return redirect("desk:queue", brand.slug)


@in_brand
def inbox(request: AgentRequest, brand: Brand, shelf: Shelf) -> HttpResponse:
    """A list: as a page, as the list alone (when an agent changes lists), or as its next rows."""
    context = listing(request, brand, shelf)
    if wants(request, "list"):
        return render(request, "desk/list/_list.html", context)
    if wants(request, "more"):
        return render(request, "desk/list/_rows.html", context)
    return frame.page(request, "desk/inbox.html", brand, context)


def queue(request: HttpRequest, brand: str) -> HttpResponseBase:
    return inbox(request, brand, Shelf.QUEUE)


def unassigned(request: HttpRequest, brand: str) -> HttpResponseBase:
    return inbox(request, brand, Shelf.UNASSIGNED)


def mine(request: HttpRequest, brand: str) -> HttpResponseBase:
    return inbox(request, brand, Shelf.MINE)


def everything(request: HttpRequest, brand: str) -> HttpResponseBase:
    return inbox(request, brand, Shelf.ALL)


def listing(request: AgentRequest, brand: Brand, shelf: Shelf) -> dict[str, object]:
    """What the templates of a list need."""
    found = lists.page(request.user, brand, shelf, request.GET.get("after", ""))
    return beside(brand, shelf) | {"rows": rows.rows(brand.slug, found.cases), "next": found.next, "later": False}


def beside(brand: Brand, shelf: Shelf) -> dict[str, object]:
    """The list beside a case that was opened by its address: its rows come when it is seen, which on a phone is when
    the agent goes back to it. What the agent came for does not wait for them."""
    return {
        "brand": brand,
        "slug": brand.slug,
        "shelf": shelf,
        "here": reverse(f"desk:{shelf}", args=[brand.slug]),
        "rows": [],
        "later": True,
    }
