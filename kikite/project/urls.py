"""Where each address leads."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kikite.live.urls")),
    path("", include("kikite.desk.urls")),
]
