"""Tokens: made, expired, proven and asked about; and signing in, with its page."""

from __future__ import annotations

import hashlib
import hmac
import html
import secrets
from typing import Any
from urllib.parse import urlencode

from .refusals import Refusal, bad_param, bad_proof, bad_token, expired
from .state import APP, FACEBOOK, INSTAGRAM, State, Thing

DAY = 86_400.0
FACEBOOK_SCOPES = (
    "pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_engagement",
    "pages_manage_metadata", "pages_messaging", "pages_manage_posts",
)  # fmt: skip
INSTAGRAM_SCOPES = (
    "instagram_business_basic", "instagram_business_manage_comments", "instagram_business_manage_messages",
)  # fmt: skip
SCOPES = {FACEBOOK: FACEBOOK_SCOPES, INSTAGRAM: INSTAGRAM_SCOPES}
_PERSON = "900100200300400"


def issue(state: State, kind: str, owner: str, scopes: list[str], lives: float | None = None) -> str:
    """`lives` in seconds; None: for ever."""
    token = f"{'IGAA' if kind == 'IG' else 'EAA'}{secrets.token_hex(24)}"
    now = state.now()
    ends = now + lives if lives is not None else 0
    state["tokens"][token] = {"type": kind, "owner": owner, "scopes": scopes, "issued": now, "expires_at": ends}
    return token


def known(state: State, token: str, proof: str) -> Thing:
    """The token's record. Raises Refusal."""
    found: Thing | None = state["tokens"].get(token)
    if token == f"{APP['id']}|{APP['secret']}":
        found = {"type": "APP", "owner": APP["id"], "scopes": [], "expires_at": 0}
    if found is None:
        raise bad_token()
    if found["expires_at"] and found["expires_at"] <= state.now():
        raise expired()
    if found["type"] != "IG" or proof:
        _prove(token, proof)
    return found


def _prove(token: str, proof: str) -> None:
    expected = hmac.new(APP["secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, proof):
        raise bad_proof()


def inspected(state: State, token: str) -> Thing:
    found = state["tokens"].get(token)
    if found is None:
        return {
            "data": {"is_valid": False, "error": {"code": 190, "message": "Invalid OAuth access token."}, "scopes": []}
        }
    alive = not found["expires_at"] or found["expires_at"] > state.now()
    ends = int(found["issued"] + 90 * DAY)
    data = {
        "app_id": APP["id"], "type": found["type"], "application": "Kikite", "expires_at": int(found["expires_at"]),
        "data_access_expires_at": ends, "is_valid": alive, "scopes": found["scopes"], "user_id": _PERSON,
    }  # fmt: skip
    if not alive:
        data["error"] = {"code": 190, "message": "Error validating access token: Session has expired.", "subcode": 463}
    return {"data": data}


# --- signing in ---


def consent(state: State, query: Thing, platform: str) -> str:
    """The page on which a person agrees; each permission can be left out."""
    if query.get("client_id") != APP["id"] or query.get("response_type") != "code":
        raise bad_param("client_id", "is no app's")
    boxes = "".join(
        f'<p><label><input type="checkbox" name="scope" value="{scope}" checked>{scope}</label>'
        for scope in query.get("scope", "").split(",")
        if scope in SCOPES[platform]
    )
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(query.get(name, ""))}">'
        for name in ("redirect_uri", "state")
    )
    form = f"<form method=post>{hidden}{boxes}<button>Continue</button></form>"
    return f"<!doctype html><title>{platform}</title><h1>Continue as Brand</h1>{form}"


def agreed(state: State, redirect: str, given_state: str, scopes: list[str]) -> str:
    """Where the browser goes back to, with a code that is good once."""
    code = secrets.token_hex(16)
    state["codes"][code] = {"redirect": redirect, "scopes": scopes}
    return f"{redirect}?{urlencode({'code': code, 'state': given_state})}"


def redeemed(state: State, code: str, redirect: str) -> list[str]:
    """The scopes behind a code. Raises Refusal."""
    found = state["codes"].pop(code, None)
    if found is None:
        raise Refusal(100, "This authorization code has been used.", 36009)
    if found["redirect"] != redirect:
        raise Refusal(
            100, "Error validating verification code. Please make sure your redirect_uri is identical.", 36008
        )
    return list(found["scopes"])


def _app(params: Thing) -> None:
    if params.get("client_id") != APP["id"] or params.get("client_secret") != APP["secret"]:
        raise Refusal(101, "Error validating application. Cannot get application info due to a system error.")


def facebook_token(state: State, params: Thing) -> Thing:
    _app(params)
    if params.get("grant_type") == "fb_exchange_token":
        found = state["tokens"].get(params.get("fb_exchange_token"))
        if found is None:
            raise bad_token()
        token = issue(state, "USER", found["owner"], found["scopes"], 60 * DAY)
        return {"access_token": token, "token_type": "bearer", "expires_in": int(60 * DAY)}
    scopes = redeemed(state, str(params.get("code")), str(params.get("redirect_uri")))
    return {"access_token": issue(state, "USER", _PERSON, scopes, 3600), "token_type": "bearer", "expires_in": 3600}


def pages(state: State, person: Thing) -> list[Thing]:
    """The person's Pages, each with its own token, which has no end."""
    found = [one for one in state["accounts"].values() if one["platform"] == FACEBOOK]
    return [{**one, "access_token": issue(state, "PAGE", one["id"], person["scopes"])} for one in found]


def permissions(person: Thing) -> list[dict[str, Any]]:
    return [
        {"permission": scope, "status": "granted" if scope in person["scopes"] else "declined"}
        for scope in FACEBOOK_SCOPES
    ]


def instagram_code(state: State, params: Thing) -> Thing:
    """POST /oauth/access_token: a token of one hour."""
    _app(params)
    if params.get("grant_type") != "authorization_code":
        raise bad_param("grant_type", "must be authorization_code")
    scopes = redeemed(state, str(params.get("code")), str(params.get("redirect_uri")))
    account = state.account_of(INSTAGRAM)
    token = issue(state, "IG", account["id"], scopes, 3600)
    return {"access_token": token, "user_id": int(account["id"]), "permissions": scopes}


def instagram_longer(state: State, params: Thing, token: str, grant: str) -> Thing:
    """Sixty days instead of an hour, or sixty more; a token is renewed when it is a day old, not before."""
    if params.get("grant_type") != grant:
        raise bad_param("grant_type", f"must be {grant}")
    if grant == "ig_exchange_token" and params.get("client_secret") != APP["secret"]:
        raise Refusal(101, "Error validating client secret.")
    found = known(state, token, "")
    if grant == "ig_refresh_token" and state.now() - found["issued"] < DAY:
        raise Refusal(100, "The access token is too young to be refreshed.")
    longer = issue(state, "IG", found["owner"], found["scopes"], 60 * DAY)
    return {"access_token": longer, "token_type": "bearer", "expires_in": int(60 * DAY)}
