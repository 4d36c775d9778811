"""Nobody tries passwords for ever: after some failures an e-mail address, or a machine, has to wait.

Kept in the database, so that it holds over all web processes. Addresses that belong to nobody count like the others:
the answer tells nothing about who works here.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from .models import FailedSignIn

WINDOW = timedelta(minutes=15)
TRIES_AN_EMAIL = 10
# An office shares one address.
TRIES_AN_ADDRESS = 100


def must_wait(email: str, address: str | None) -> bool:
    """Whether this e-mail address or this machine failed too often within WINDOW."""
    recent = FailedSignIn.objects.filter(at__gt=timezone.now() - WINDOW)
    if recent.filter(email=email.lower()[:254])[:TRIES_AN_EMAIL].count() >= TRIES_AN_EMAIL:
        return True
    return bool(address) and recent.filter(address=address)[:TRIES_AN_ADDRESS].count() >= TRIES_AN_ADDRESS


def failed(email: str, address: str | None) -> None:
    """Note a failure, and forget those that no longer count."""
    FailedSignIn.objects.filter(at__lt=timezone.now() - WINDOW, email=email.lower()[:254]).delete()
    FailedSignIn.objects.create(email=email.lower()[:254], address=address)


def succeeded(email: str) -> None:
    """The right person is here: begin to count anew."""
    FailedSignIn.objects.filter(email=email.lower()[:254]).delete()
