"""Signing in and out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """An e-mail address and a password; one message for both, so that nobody learns who works here."""

    error_messages = {  # noqa: RUF012 - Django's own way
        "invalid_login": _("This e-mail address and password do not belong together. Check both and try again."),
        "inactive": _("This e-mail address and password do not belong together. Check both and try again."),
    }


class SignIn(views.LoginView):
    """The sign-in page; with the practice network it says who may try."""

    template_name = "desk/pages/signin.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"practice": getattr(settings, "PRACTICE", None)}


class SignOut(views.LogoutView):
    """POST only; ends at the sign-in page."""

    next_page = settings.LOGIN_URL
