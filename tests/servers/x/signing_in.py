"""Signing in by OAuth 2 with PKCE: the consent page that a browser can press, and the tokens it ends in."""

from __future__ import annotations

import html
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from .proving import basic, challenge, client, forget, tokens
from .state import State

CODE_LIVES = 30  # seconds
SCOPES = frozenset(
    [
        "block.read",
        "block.write",
        "bookmark.read",
        "bookmark.write",
        "dm.read",
        "dm.write",
        "follows.read",
        "follows.write",
        "like.read",
        "like.write",
        "list.read",
        "list.write",
        "media.write",
        "mute.read",
        "mute.write",
        "offline.access",
        "space.read",
        "timeline.read",
        "tweet.moderate.write",
        "tweet.read",
        "tweet.write",
        "users.read",
    ]
)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Authorize app</title>
<h1>{app} wants to access your X account</h1><ul>{scopes}</ul>
<form method="post"><label>Account <select name="user">{users}</select></label>
<button name="answer" value="yes">Authorize app</button>
<button name="answer" value="no">Cancel</button></form>"""


class SigningIn:
    def __init__(self, state: State) -> None:
        self.state = state

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wrong = self._wrong(asked)
        if wrong:
            return HTMLResponse(f"<h1>Something went wrong</h1><p>{html.escape(wrong)}</p>", 400)
        if request.method == "GET":
            return HTMLResponse(self._page(asked["scope"].split()))
        form = await request.form()
        if form.get("answer") != "yes":
            return self._back(asked, {"error": "access_denied"})
        code = secrets.token_urlsafe(48)
        self.state.codes[code] = {**asked, "user": str(form.get("user")), "until": time.time() + CODE_LIVES}
        self.state.save()
        return self._back(asked, {"code": code})

    def _wrong(self, asked: Mapping[str, str]) -> str:
        """Why the page cannot be shown; "" when it can. X sends nobody back to an address that is not the app's."""
        if asked.get("client_id") != self.state.app["client_id"] or asked.get("response_type") != "code":
            return "You weren't able to give access to the App."
        if asked.get("redirect_uri") not in self.state.app["redirects"]:
            return "redirect_uri is not one of the App's callback addresses."
        scopes = asked.get("scope", "").split()
        if not scopes or not SCOPES.issuperset(scopes):
            return "scope holds what is none."
        if not asked.get("state") or len(asked["state"]) > 500:
            return "state is missing or too long."
        if not asked.get("code_challenge") or asked.get("code_challenge_method") not in ("S256", "plain"):
            return "code_challenge is missing."
        return ""

    def _page(self, scopes: list[str]) -> str:
        users = "".join(
            f'<option value="{key}">@{self.state.users[key]["username"]}</option>' for key in self.state.app["accounts"]
        )
        listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in scopes)
        return _PAGE.format(app=html.escape(self.state.app["name"]), scopes=listed, users=users)

    def _back(self, asked: Mapping[str, str], told: dict[str, str]) -> Response:
        query = urlencode({"state": asked["state"], **told})
        glue = "&" if "?" in asked["redirect_uri"] else "?"
        return RedirectResponse(f"{asked['redirect_uri']}{glue}{query}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not client(self.state, request.headers.get("authorization", ""), form):
            return _error(401, "unauthorized_client", "Missing valid authorization header")
        kinds = {"authorization_code": self._by_code, "refresh_token": self._by_refresh}
        kind = kinds.get(form.get("grant_type", ""))
        answer = kind(form) if kind else _error(400, "unsupported_grant_type", "grant_type is not supported.")
        self.state.save()
        return answer

    def _by_code(self, form: Mapping[str, str]) -> Response:
        kept = self.state.codes.pop(form.get("code", ""), None)
        if kept is None or kept["until"] < time.time() or kept["redirect_uri"] != form.get("redirect_uri"):
            return _error(400, "invalid_request", "Value passed for the authorization code was invalid.")
        if challenge(form.get("code_verifier", ""), kept["code_challenge_method"]) != kept["code_challenge"]:
            return _error(
                400, "invalid_request", "Value passed for the code verifier did not match the code challenge."
            )
        granted = set(kept["scope"].split()) - set(self.state.app["withheld"])
        return _said(tokens(self.state, kept["user"], granted))

    def _by_refresh(self, form: Mapping[str, str]) -> Response:
        """Good for one use; the access token that came with it dies as well."""
        kept = self.state.refreshes.pop(form.get("refresh_token", ""), None)
        if kept is None:
            return _error(400, "invalid_request", "Value passed for the token was invalid.")
        self.state.tokens.pop(kept["access"], None)
        return _said(tokens(self.state, kept["user"], kept["scopes"]))

    async def revoke(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not client(self.state, request.headers.get("authorization", ""), form):
            return _error(401, "unauthorized_client", "Missing valid authorization header")
        token = form.get("token", "")
        kept = self.state.tokens.get(token) or self.state.refreshes.get(token)
        if kept:
            forget(self.state, kept["user"])
        self.state.save()
        return _said({"revoked": True})

    async def app_token(self, request: Request) -> Response:
        """`POST /oauth2/token` of OAuth 2 for apps: the app's bearer token for its consumer key and secret."""
        form = dict(await request.form())
        app = self.state.app
        given = request.headers.get("authorization", "")
        proved = basic(given, app["consumer_key"], app["consumer_secret"])
        if not proved or form.get("grant_type") != "client_credentials":
            told = {"errors": [{"code": 99, "message": "Unable to verify your credentials"}]}
            return Response(orjson.dumps(told), 403, media_type="application/json")
        return _said({"token_type": "bearer", "access_token": app["bearer"]})


def _said(told: dict[str, object]) -> Response:
    return Response(orjson.dumps(told), media_type="application/json", headers={"Cache-Control": "no-store"})


def _error(status: int, error: str, why: str) -> Response:
    return Response(orjson.dumps({"error": error, "error_description": why}), status, media_type="application/json")
