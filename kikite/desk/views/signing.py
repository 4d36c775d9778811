"""Signing in and out."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kikite.accounts import throttling


class SignInForm(AuthenticationForm):
    """An e-mail address and a password; one message for both, so that nobody learns who works here."""

    error_messages = {  # noqa: RUF012 - Django's own way
        "invalid_login": _("This e-mail address and password do not belong together. Check both and try again."),
        "inactive": _("This e-mail address and password do not belong together. Check both and try again."),
        "wait": _("Too many tries. Wait a quarter of an hour, then try again."),
    }

    def clean(self) -> dict[str, Any]:
        """Look at the password only of those who have not tried too often."""
        email = self.cleaned_data.get("username") or ""
        address = _address(self.request) if self.request else None
        if throttling.must_wait(email, address):
            raise ValidationError(self.error_messages["wait"], code="wait")
        try:
            cleaned = super().clean()
        except ValidationError:
            throttling.failed(email, address)
            raise
        throttling.succeeded(email)
        return cleaned


def _address(request: HttpRequest) -> str | None:
    """The machine that asks; behind our own proxy, the one that the proxy names last."""
    if settings.SECURE_PROXY_SSL_HEADER:
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return named if _is_address(named) else None
    return request.META.get("REMOTE_ADDR")


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


class SignIn(views.LoginView):
    """The sign-in page; with the practice network it says who may try."""

    template_name = "desk/pages/signin.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        practice = settings.PRACTICE() if settings.PRACTICE else None
        return super().get_context_data(**kwargs) | {"practice": practice}


class SignOut(views.LogoutView):
    """POST only; ends at the sign-in page."""

    next_page = settings.LOGIN_URL
