"""The whole server: the table of what it serves, with the limits of X's documentation, and what stands around it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.contract.desk import picture
from tests.servers.strict import Description

from .activity import Activity
from .admin import Admin
from .filtered import Filtered
from .gate import Gate, Served
from .limits import Limit, Limits
from .media import Media
from .people import People
from .posting import Posting
from .signing_in import SigningIn
from .state import State
from .talking import Talking


@dataclass(frozen=True)
class Parts:
    state: State
    people: People
    posting: Posting
    talking: Talking
    media: Media
    activity: Activity
    filtered: Filtered


def parts(state: State, keep_alive: float) -> Parts:
    activity = Activity(state, keep_alive)
    posting, filtered = Posting(state, activity), Filtered(state, activity)
    state.published.append(filtered.published)
    return Parts(state, People(state), posting, Talking(state, activity), Media(state), activity, filtered)


def table(p: Parts) -> list[Served]:
    """Requests in 15 minutes: for a user, for the app."""
    return [
        Served("GET", "/2/users/me", p.people.me, Limit(75)),
        Served("GET", "/2/users", p.people.some, Limit(900, 300)),
        Served("GET", "/2/users/by/username/{username}", p.people.named, Limit(900, 300)),
        Served("GET", "/2/users/{id}", p.people.one, Limit(900, 300)),
        Served("GET", "/2/users/{id}/mentions", p.posting.mentions, Limit(300, 450)),
        Served("GET", "/2/users/{id}/tweets", p.posting.timeline, Limit(900, 10_000)),
        Served("POST", "/2/users/{id}/likes", p.posting.like, Limit(50)),
        Served("DELETE", "/2/users/{id}/likes/{tweet_id}", p.posting.unlike, Limit(50)),
        Served("GET", "/2/tweets", p.posting.lookup, Limit(900, 450)),
        Served("POST", "/2/tweets", p.posting.create, Limit(100)),
        Served("GET", "/2/tweets/search/recent", p.posting.search, Limit(300, 450)),
        Served("GET", "/2/tweets/search/stream", p.filtered.stream, Limit(50, 50)),
        Served("GET", "/2/tweets/search/stream/rules", p.filtered.rules, Limit(450, 450)),
        Served("POST", "/2/tweets/search/stream/rules", p.filtered.update_rules, Limit(100, 100)),
        Served("GET", "/2/tweets/{id}", p.posting.one, Limit(900, 450)),
        Served("DELETE", "/2/tweets/{id}", p.posting.delete, Limit(50)),
        Served("PUT", "/2/tweets/{tweet_id}/hidden", p.posting.hide, Limit(50)),
        Served("GET", "/2/dm_events", p.talking.events, Limit(15)),
        Served("GET", "/2/dm_events/{event_id}", p.talking.one, Limit(15)),
        Served("DELETE", "/2/dm_events/{event_id}", p.talking.delete, Limit(300)),
        Served("GET", "/2/dm_conversations/with/{participant_id}/dm_events", p.talking.with_participant, Limit(15)),
        Served("GET", "/2/dm_conversations/{id}/dm_events", p.talking.of_conversation, Limit(15)),
        Served("POST", "/2/dm_conversations/with/{participant_id}/messages", p.talking.to_participant, Limit(15)),
        Served("POST", "/2/dm_conversations/{dm_conversation_id}/messages", p.talking.to_conversation, Limit(15)),
        Served("GET", "/2/media/upload", p.media.status, Limit(1000)),
        Served("POST", "/2/media/upload", p.media.upload, Limit(500)),
        Served("POST", "/2/media/upload/initialize", p.media.begin, Limit(1875)),
        Served("POST", "/2/media/upload/{id}/append", p.media.append, Limit(1875)),
        Served("POST", "/2/media/upload/{id}/finalize", p.media.finish, Limit(1875)),
        Served("POST", "/2/media/metadata", p.media.describe, Limit(500)),
        Served("GET", "/2/webhooks", p.activity.webhooks, Limit(450, 450)),
        Served("POST", "/2/webhooks", p.activity.create_webhook, Limit(450, 450)),
        Served("POST", "/2/webhooks/replay", p.activity.replay, Limit(100, 100)),
        Served("PUT", "/2/webhooks/{webhook_id}", p.activity.validate_webhook, Limit(450, 450)),
        Served("DELETE", "/2/webhooks/{webhook_id}", p.activity.delete_webhook, Limit(450, 450)),
        Served("GET", "/2/activity/stream", p.activity.stream, Limit(450, 450)),
        Served("GET", "/2/activity/subscriptions", p.activity.subscriptions, Limit(500, 500)),
        Served("POST", "/2/activity/subscriptions", p.activity.subscribe, Limit(500, 500)),
        Served("DELETE", "/2/activity/subscriptions", p.activity.unsubscribe_all, Limit(500, 500)),
        Served("PUT", "/2/activity/subscriptions/{subscription_id}", p.activity.update_subscription, Limit(500, 500)),
        Served("DELETE", "/2/activity/subscriptions/{subscription_id}", p.activity.unsubscribe, Limit(500, 500)),
    ]


def application(
    folder: Path, url: str, description: Description | None, *, admin_token: str, limits: bool, keep_alive: float
) -> ASGIApp:
    """`limits`: hold them as they are on X; otherwise they are too wide to be reached, unless the admin lowers one."""
    state = State(folder, url)
    state.app = state.app or new_app()
    made = parts(state, keep_alive)
    gate = Gate(state, table(made), description, Limits(limits))
    entry, files = SigningIn(state), Files(made)
    admin = Admin(state, gate, made.posting, made.talking, made.media, admin_token)
    routes = [
        Route("/i/oauth2/authorize", entry.authorize, methods=["GET", "POST"]),
        Route("/2/oauth2/authorize", entry.authorize, methods=["GET", "POST"]),
        Route("/2/oauth2/token", entry.token, methods=["POST"]),
        Route("/2/oauth2/revoke", entry.revoke, methods=["POST"]),
        Route("/oauth2/token", entry.app_token, methods=["POST"]),
        Route("/media/{key}", files.media),
        Route("/faces/{key}", files.face),
        *admin.routes(),
        Mount("/", gate),
    ]
    return Dated(Starlette(routes=routes), gate)


def new_app() -> dict[str, Any]:
    """An app in the developer portal, self-serve, whose keys nobody else has."""
    return {
        "name": "Kikite",
        "client_id": secrets.token_urlsafe(24),
        "client_secret": secrets.token_urlsafe(36),
        "consumer_key": secrets.token_urlsafe(18),
        "consumer_secret": secrets.token_urlsafe(36),
        "bearer": secrets.token_urlsafe(60),
        "redirects": [],
        "withheld": [],
        "accounts": [],
        "public": False,
        "enterprise": False,
        "plain_webhooks": True,  # addresses of tests have no certificate
    }


class Files:
    def __init__(self, made: Parts) -> None:
        self.made = made

    async def media(self, request: Request) -> Response:
        one = self.made.state.media.get(request.path_params["key"])
        if one is None:
            return Response(status_code=404)
        return FileResponse(self.made.media.file(one), media_type=one["mime"])

    async def face(self, request: Request) -> Response:
        return Response(picture(), media_type="image/png")


class Dated:
    """Every answer says what time it is here."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(time.time() + self.gate.faults.skew, usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", []), (b"date", date)]}
            await send(message)

        await self.app(scope, receive, dated)
