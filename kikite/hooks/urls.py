"""Addresses that networks call."""

from django.urls import path

from . import views

urlpatterns = [path("hooks/<slug:hook>", views.deliver, name="hook")]
