"""Business Login for Instagram: a token of an hour, changed for one of sixty days, which is renewed in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx

from kikite.lib.words import gettext_noop as _
from kikite.networks.base import UNMETERED
from kikite.networks.calling import origin
from kikite.networks.contract import (
    Account,
    Author,
    Departure,
    Identity,
    Permission,
    Renewal,
    Unauthorised,
    Unreachable,
    Unreadable,
)
from kikite.networks.meta.graph import Caller, Graph
from kikite.networks.meta.reading import key
from kikite.networks.raw import Json, count, maybe_text, parse, web_address

PERMISSIONS = (
    Permission("instagram_business_basic", _("Reads the account, its posts and who commented on them.")),
    Permission(
        "instagram_business_manage_comments",
        _("Answers, hides and deletes comments, and answers mentions."),
        required=False,
    ),
    Permission(
        "instagram_business_manage_messages",
        _("Reads and answers direct messages, story replies and story mentions."),
        required=False,
    ),
)
USER_FIELDS = "user_id,username,name,profile_picture_url"
_DIALOGS = {"graph.instagram.com": "www.instagram.com"}
_CODES = {"graph.instagram.com": "api.instagram.com"}


class InstagramLogin:
    """See `contract.SignIn`. Instagram's login knows no PKCE; the app's secret proves who redeems the code."""

    def depart(self, account: Account, *, redirect: str, state: str, verifier: str) -> Departure:
        query = {
            "client_id": account.secrets.get("app_id", ""),
            "redirect_uri": redirect,
            "response_type": "code",
            "state": state,
            "scope": ",".join(permission.name for permission in PERMISSIONS),
        }
        return Departure(f"{_at(account, _DIALOGS)}oauth/authorize?{urlencode(query)}")

    def exchange_code(
        self, account: Account, *, code: str, redirect: str, verifier: str, timeout: float = 15.0
    ) -> tuple[Identity, ...]:
        short, granted = _redeemed(account, code, redirect, timeout)
        graph = Graph(account.base_url, Caller(short), timeout, UNMETERED)
        try:
            secret = account.secrets.get("app_secret", "")
            query = {"grant_type": "ig_exchange_token", "client_secret": secret}
            token, expires_at = longer(graph.read("/access_token", query, bare=True))
            data = graph.read("/me", {"fields": USER_FIELDS}, caller=Caller(token))
        finally:
            graph.close()
        secrets = {**account.secrets, "access_token": token}
        lacking = tuple(permission.name for permission in PERMISSIONS if permission.name not in granted)
        return (Identity(account_author(data), {}, secrets, lacking, expires_at),)


def renewed(account: Account, timeout: float) -> Renewal:
    """Sixty days more. Instagram renews tokens that are a day old and not over yet. Raises NetworkTrouble."""
    graph = Graph(account.base_url, Caller(account.secrets.get("access_token", "")), timeout, UNMETERED)
    try:
        answer = graph.read("/refresh_access_token", {"grant_type": "ig_refresh_token"}, bare=True)
    finally:
        graph.close()
    token, expires_at = longer(answer)
    return Renewal({**account.secrets, "access_token": token}, expires_at)


def longer(answer: Json) -> tuple[str, datetime]:
    """(token, when it ends)"""
    token, seconds = maybe_text(answer, "access_token"), count(answer, "expires_in")
    if not token or not seconds:
        raise Unreachable("Instagram's answer holds no token.")
    return token, datetime.now(UTC) + timedelta(seconds=seconds)


def account_author(data: Json) -> Author:
    """Raises Unreachable for what is no account."""
    username = maybe_text(data, "username")
    try:
        name = key(data.get("user_id"), "user_id")
    except Unreadable as error:
        raise Unreachable(f"This is no Instagram API: {error}") from error
    avatar = web_address(data, "profile_picture_url")
    return Author(name, username, maybe_text(data, "name"), avatar, f"https://www.instagram.com/{username}/")


def _at(account: Account, hosts: dict[str, str]) -> httpx.URL:
    """The same server under another name, where Instagram has several."""
    address = origin(account.base_url)
    return address.copy_with(host=hosts.get(address.host, address.host))


def _redeemed(account: Account, code: str, redirect: str, timeout: float) -> tuple[str, frozenset[str]]:
    """(token of one hour, what was granted). Raises Unauthorised for a code that is not taken."""
    form = {
        "client_id": account.secrets.get("app_id", ""),
        "client_secret": account.secrets.get("app_secret", ""),
        "grant_type": "authorization_code",
        "redirect_uri": redirect,
        # Instagram's browsers put this behind the code.
        "code": code.removesuffix("#_"),
    }
    graph = Graph(str(_at(account, _CODES)), Caller(""), timeout, UNMETERED)
    try:
        answer = graph.ask("POST", "/oauth/access_token", data=form, bare=True)
        data = parse(answer.body)
    except httpx.TransportError as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    except Unreadable as error:
        raise Unreachable(f"Instagram's answer cannot be read: {error}") from error
    finally:
        graph.close()
    token = maybe_text(data, "access_token")
    if answer.status >= 500:
        raise Unreachable(f"{answer.status}: {maybe_text(data, 'error_message')}")
    if not token:
        raise Unauthorised(maybe_text(data, "error_message") or "Instagram gave no token.")
    return token, _listed(data.get("permissions"))


def _listed(granted: object) -> frozenset[str]:
    """A list, or one text with commas."""
    names = granted.split(",") if isinstance(granted, str) else granted
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
