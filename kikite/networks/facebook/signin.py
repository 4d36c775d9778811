"""Facebook Login: a person signs in, and each of their Pages brings its own token.

A Page token that comes from a person's long-lived token has no end of its own. What ends is Meta's permission to read
people's data, ninety days after the person last signed in (`data_access_expires_at`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from kikite.lib.words import gettext_noop as _
from kikite.networks.base import UNMETERED
from kikite.networks.calling import origin
from kikite.networks.contract import (
    Account,
    Author,
    Departure,
    Identity,
    Permission,
    Unauthorised,
    Unreachable,
    Unreadable,
)
from kikite.networks.meta.graph import VERSION, Caller, Graph
from kikite.networks.meta.reading import author, maybe_when
from kikite.networks.raw import Json, maybe_object, maybe_objects, maybe_text, web_address

PERMISSIONS = (
    Permission("pages_show_list", _("Lists your Pages, so that you can choose the one to connect.")),
    Permission("pages_read_engagement", _("Reads the Page's posts, and who comments on them.")),
    Permission("pages_read_user_content", _("Reads what visitors write: comments, posts and reviews.")),
    Permission("pages_manage_engagement", _("Answers, likes, hides and deletes comments.")),
    Permission("pages_manage_metadata", _("Has Facebook tell us at once what happens on the Page (webhooks).")),
    Permission("pages_messaging", _("Reads and answers private messages in Messenger.")),
    Permission("pages_manage_posts", _("Writes posts of the Page, and puts pictures into answers."), required=False),
)
PAGE_FIELDS = "id,name,username,link,picture{url}"
_PAGES = 20  # of Pages of one person
_HOSTS = {"graph.facebook.com": "www.facebook.com"}


class FacebookLogin:
    """See `contract.SignIn`. Facebook's web login knows no PKCE; the app's secret proves who redeems the code."""

    def depart(self, account: Account, *, redirect: str, state: str, verifier: str) -> Departure:
        address = origin(account.base_url)
        address = address.copy_with(host=_HOSTS.get(address.host, address.host))
        query = {
            "client_id": account.secrets.get("app_id", ""),
            "redirect_uri": redirect,
            "state": state,
            "response_type": "code",
            "scope": ",".join(permission.name for permission in PERMISSIONS),
        }
        return Departure(f"{address}{VERSION}/dialog/oauth?{urlencode(query)}")

    def exchange_code(
        self, account: Account, *, code: str, redirect: str, verifier: str, timeout: float = 15.0
    ) -> tuple[Identity, ...]:
        graph = Graph(account.base_url, Caller(""), timeout, UNMETERED)
        try:
            person = self._person(graph, account, code, redirect)
            lacking = missing(granted(graph, person))
            expires_at = inspected(graph, account, person.token).expires_at
            return tuple(_pages(graph, account, person, lacking, expires_at))
        finally:
            graph.close()

    def _person(self, graph: Graph, account: Account, code: str, redirect: str) -> Caller:
        """The person, by a token that lasts sixty days."""
        app = {"client_id": account.secrets.get("app_id", ""), "client_secret": account.secrets.get("app_secret", "")}
        short = _token(graph.read("/oauth/access_token", {**app, "redirect_uri": redirect, "code": code}))
        long = {**app, "grant_type": "fb_exchange_token", "fb_exchange_token": short}
        return Caller(_token(graph.read("/oauth/access_token", long)), account.secrets.get("app_secret", ""))


class Inspection:
    """What Facebook says of a token."""

    def __init__(self, data: Json) -> None:
        self.kind = maybe_text(data, "type")
        self.valid = data.get("is_valid") is True
        self.words = maybe_text(maybe_object(data, "error"), "message")
        scopes = data.get("scopes")
        self.scopes = frozenset(scopes if isinstance(scopes, list) and all(isinstance(s, str) for s in scopes) else ())
        ends = [maybe_when(data, name) for name in ("expires_at", "data_access_expires_at") if data.get(name)]
        self.expires_at = min((end for end in ends if end), default=None)


def inspected(graph: Graph, account: Account, token: str) -> Inspection:
    """Raises Unauthorised for a wrong app id or secret, and NetworkTrouble."""
    app_id, secret = account.secrets.get("app_id", ""), account.secrets.get("app_secret", "")
    answer = graph.read("/debug_token", {"input_token": token}, caller=Caller(f"{app_id}|{secret}", secret))
    return Inspection(maybe_object(answer, "data"))


def granted(graph: Graph, person: Caller) -> frozenset[str]:
    """The permissions that a person gave."""
    answer = graph.read("/me/permissions", caller=person)
    return frozenset(
        maybe_text(one, "permission") for one in maybe_objects(answer, "data") if maybe_text(one, "status") == "granted"
    )


def missing(scopes: frozenset[str]) -> tuple[str, ...]:
    return tuple(permission.name for permission in PERMISSIONS if permission.name not in scopes)


def _token(answer: Json) -> str:
    found = maybe_text(answer, "access_token")
    if not found:
        raise Unreachable("Facebook's answer holds no token.")
    return found


def _pages(
    graph: Graph, account: Account, person: Caller, lacking: tuple[str, ...], expires_at: datetime | None
) -> Iterator[Identity]:
    query = {"fields": f"{PAGE_FIELDS},access_token,tasks", "limit": "100"}
    found = 0
    for pages, _after in graph.pages("/me/accounts", query, most=_PAGES, caller=person):
        for data in pages:
            if token := maybe_text(data, "access_token"):
                found += 1
                secrets = {**account.secrets, "page_token": token}
                yield Identity(page_author(data), {}, secrets, lacking, expires_at)
    if not found:
        raise Unauthorised("This person has no Page, or chose none of them.")


def page_author(data: Json) -> Author:
    """Raises Unreachable for what is no Page."""
    try:
        made = author(data)
    except Unreadable as error:
        raise Unreachable(f"This is no Graph API: {error}") from error
    link = web_address(data, "link") or f"https://www.facebook.com/{made.key}"
    return Author(made.key, made.handle, made.name, made.avatar, link)
