"""Whose credentials these are, and what they may do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import httpx

from kikite.networks import raw
from kikite.networks.contract import Identity, Unreachable, Unreadable

from . import answers, fields
from .api import Api
from .limits import ME
from .people import author
from .permissions import missing, missing_at


def identify(api: Api, *, granted: Collection[str] = (), expires_at: datetime | None = None) -> Identity:
    """`granted` are the scopes that the sign-in brought; later they are remembered. Raises NetworkTrouble."""
    try:
        answer = api.ask("GET", "/2/users/me", ME, query=fields.USERS)
    except httpx.TransportError as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    if answer.status != 200:
        raise answers.trouble(answer)
    document = answers.document(answer)
    account = api.account
    scopes = " ".join(granted) or str(account.settings.get("scopes") or "")
    try:
        who = author(raw.an_object(document, "data"))
    except Unreadable as error:
        raise Unreachable(f"X does not say whose credentials these are: {answers.sentence(answer)}") from error
    level = answer.headers.get("x-access-level", "")
    return Identity(
        author=who,
        settings={
            "scopes": scopes,
            "enterprise": account.secrets.get("enterprise", "no") == "yes",
            "app_token": bool(account.secrets.get("bearer_token")),
            "consumer_secret": bool(account.secrets.get("consumer_secret")),
            "renews": bool(account.secrets.get("refresh_token")),
        },
        secrets=account.secrets,
        missing=missing(scopes.split()) if scopes else missing_at(level),
        expires_at=expires_at,
    )
