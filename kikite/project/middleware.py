"""How requests pass through Django's middleware."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class InOneThread:
    """Stands last. Being synchronous, it makes all before it run synchronously, in the thread of the request.

    Otherwise Django sends each of them to that thread and back, twice a request: most of what a webhook costs.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)
