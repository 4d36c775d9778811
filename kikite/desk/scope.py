"""Who asks, for which brand, in which language and time zone: every page of the desk goes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from kikite.accounts.models import Agent, Brand, Membership


class AgentRequest(HttpRequest):
    """A request of somebody who signed in. `brands`: those that they work for, by name, once they were asked for."""

    user: Agent
    brands: list[Brand]


# What urls.py takes: called with the request and the parts of the address by name.
type View = Callable[..., HttpResponseBase]


def signed_in[**P](view: Callable[Concatenate[AgentRequest, P], HttpResponse]) -> View:
    """Only for agents; in the agent's language and time zone. Pages are never kept by caches."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, Agent):
            return to_sign_in(request)
        with speaking_to(request.user):
            response = view(cast("AgentRequest", request), *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        patch_vary_headers(response, ["HX-Request", "HX-Target", "Cookie"])
        return response

    return guarded


def in_brand[**P](view: Callable[Concatenate[AgentRequest, Brand, P], HttpResponse]) -> View:
    """As `signed_in`, for a brand that this agent works for; any other brand is not found."""

    @signed_in
    @wraps(view)
    def guarded(request: AgentRequest, /, brand: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = next((one for one in brands(request) if one.slug == brand), None)
        if found is None:
            raise Http404
        return view(request, found, *args, **kwargs)

    return guarded


def brands(request: AgentRequest) -> list[Brand]:
    """The brands that this agent works for, by name; the database is asked once a request."""
    if not hasattr(request, "brands"):
        request.brands = list(request.user.brands.order_by("name"))
    return request.brands


def for_admins[**P](view: Callable[Concatenate[AgentRequest, P], HttpResponse]) -> View:
    """As `signed_in`, for those who may set up the installation; others are told so (403)."""

    @signed_in
    @wraps(view)
    def guarded(request: AgentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_admin:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def leads(agent: Agent, brand: Brand) -> bool:
    """Whether this agent leads the brand's team: its leads, its admins, and whoever sets up the installation."""
    if agent.is_admin:
        return True
    return agent.memberships.filter(brand=brand, role__in=[Membership.Role.LEAD, Membership.Role.ADMIN]).exists()


def for_leads[**P](view: Callable[Concatenate[AgentRequest, Brand, P], HttpResponse]) -> View:
    """As `in_brand`, for those who lead the brand's team; others are told so (403)."""

    @in_brand
    @wraps(view)
    def guarded(request: AgentRequest, found: Brand, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not leads(request.user, found):
            raise PermissionDenied
        return view(request, found, *args, **kwargs)

    return guarded


@contextmanager
def speaking_to(agent: Agent) -> Iterator[None]:
    """Texts and times as this agent reads them; an unknown time zone is UTC."""
    try:
        zone = ZoneInfo(agent.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    with translation.override(agent.language), timezone.override(zone):
        yield


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page, and back to where the person was; fragments send the whole page there."""
    if "HX-Request" not in request.headers:
        return redirect_to_login(request.get_full_path())
    here = urlsplit(request.headers.get("HX-Current-URL", "/"))
    target = redirect_to_login(here.path + (f"?{here.query}" if here.query else "")).url
    return HttpResponse(status=401, headers={"HX-Redirect": target})


def wants(request: HttpRequest, part: str) -> bool:
    """Whether htmx asks for the element with this id only, not for the page."""
    return request.headers.get("HX-Target", "").partition("#")[2] == part
