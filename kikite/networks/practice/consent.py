"""Signing in with the practice network: its page of consent, and the addresses where apps fetch their tokens."""

from __future__ import annotations

import sqlite3
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from . import markup, people, permits
from .answers import answer, body, refusing
from .pages import FORM_BYTES, HEADERS, form_of, readable
from .permits import SCOPES
from .refusal import Refusal
from .store import Store


class Consent:
    """`life` is how long access lives before it has to be renewed, in seconds."""

    def __init__(self, store: Store, life: float) -> None:
        self.store = store
        self.life = life

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/authorize", readable(self.ask), methods=["GET"]),
            Route("/oauth/authorize", readable(self.decide), methods=["POST"]),
            Route("/oauth/token", refusing(self.token), methods=["POST"]),
            Route("/oauth/revoke", refusing(self.revoke), methods=["POST"]),
            Route("/permits/{handle}", readable(self.take_back), methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """May this app act for these accounts?"""
        query = {name: values[0] for name, values in parse_qs(request.url.query).items()}
        wanted = permits.asked(query)
        accounts = self.store.rows("SELECT * FROM account WHERE brand ORDER BY name, id LIMIT 50")
        policy = HEADERS["Content-Security-Policy"].replace("form-action 'self'", f"form-action 'self' {_home(wanted)}")
        headers = {**HEADERS, "Content-Security-Policy": policy}
        question = _question(wanted, accounts, query)
        return HTMLResponse(markup.page("Sign in", "", question, "", live=False), headers=headers)

    async def decide(self, request: Request) -> Response:
        """Back to the app, with a code or with the no."""
        form = await form_of(self.store, request)
        wanted = permits.asked(form)
        chosen = [name.removeprefix("account-") for name in form if name.startswith("account-")]
        if form.get("do") != "allow" or not chosen:
            return _back(wanted, error="access_denied", error_description="The sign-in was cancelled.")
        accounts = [people.get(self.store, handle) for handle in chosen]
        if not all(row["brand"] for row in accounts):
            raise Refusal(403, "forbidden", "Apps can only act for brands here.")
        scopes = [name for name in SCOPES if form.get(f"scope-{name}")]
        return _back(wanted, code=permits.allow(self.store, wanted, [row["id"] for row in accounts], scopes))

    async def token(self, request: Request) -> Response:
        """RFC 6749, 4.1.3 and 6."""
        form = await _fields(request)
        kinds = {"authorization_code": permits.exchange, "refresh_token": permits.refresh}
        kind = kinds.get(form.get("grant_type", ""))
        if kind is None:
            raise Refusal(400, "unsupported_grant_type", "grant_type is authorization_code or refresh_token.")
        found = answer(kind(self.store, form, self.life))
        found.headers["Cache-Control"] = "no-store"
        return found

    async def revoke(self, request: Request) -> Response:
        permits.forget(self.store, (await _fields(request)).get("token", ""))
        return answer({})

    async def take_back(self, request: Request) -> Response:
        """The owner's button on the page of an account."""
        await form_of(self.store, request)
        row = people.get(self.store, request.path_params["handle"])
        permits.take_back(self.store, row["id"])
        return RedirectResponse(f"/@{row['handle']}", 303)


def _question(wanted: permits.Request, accounts: list[sqlite3.Row], query: dict[str, str]) -> str:
    kept = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(query[name])}">' for name in _KEPT
                   if name in query)  # fmt: skip
    who = "".join(_choice(f"account-{row['handle']}", f"{row['name']} (@{row['handle']})", checked=len(accounts) == 1)
                  for row in accounts)  # fmt: skip
    may = "".join(_choice(f"scope-{name}", SCOPES[name], checked=True, fixed=name == "read") for name in wanted.scopes)
    nobody = '<p class="empty">There is no brand here yet that an app could act for.</p>'
    return f"""<section class="profile consent"><h1>{escape(wanted.app)} asks to act for you here</h1>
<p>It is at {escape(urlsplit(wanted.redirect).netloc)}. You can take this back on the account’s page, at any time.</p>
<form method="post" action="/oauth/authorize">{kept}
<fieldset><legend>For which accounts?</legend>{who or nobody}</fieldset>
<fieldset><legend>What may it do?</legend>{may}</fieldset>
<div class="both"><button name="do" value="allow">Allow</button>
<button class="quiet" name="do" value="deny">Do not allow</button></div></form></section>"""


_KEPT = ("response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")


def _choice(name: str, label: str, *, checked: bool, fixed: bool = False) -> str:
    state = (" checked" if checked else "") + (" disabled" if fixed else "")
    box = f'<input type="checkbox" name="{escape(name)}" value="yes"{state}>'
    return f'<label class="choice">{box} {escape(label)}</label>'


def _back(wanted: permits.Request, **said: str) -> Response:
    joint = "&" if "?" in wanted.redirect else "?"
    return RedirectResponse(f"{wanted.redirect}{joint}{urlencode({**said, 'state': wanted.state})}", 303)


def _home(wanted: permits.Request) -> str:
    """The origin of the app, as a policy names it."""
    parts = urlsplit(wanted.redirect)
    if not all(letter.isalnum() or letter in ".-:[]" for letter in parts.netloc) or not parts.netloc.isascii():
        raise Refusal(400, "invalid_request", "The app does not say where to go back to.")
    return f"{parts.scheme}://{parts.netloc}"


async def _fields(request: Request) -> dict[str, str]:
    fields = parse_qs((await body(request, FORM_BYTES)).decode("utf-8", "replace"), max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}
