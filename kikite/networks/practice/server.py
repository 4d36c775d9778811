"""The practice network's server: a small social network on this machine, for the demo, the tests and training.

It keeps everything in one SQLite file. `create_app` is the whole of it; `python -m kikite.networks.practice` runs it:

    KIKITE_PRACTICE_ADMIN_TOKEN=… python -m kikite.networks.practice --port 8001 --data practice.sqlite --demo

`docs/networks/practice.md` describes what accounts may do under `/api`. The admin API stands under `/admin`: JSON,
only from this machine, with `Authorization: Bearer <admin token>`.

    POST   /admin/brands     {handle, name, terms?, bio?, webhook_url?}: the brand's account, made on the first call;
                             answers {account, base_url, token, webhook_secret}, the same ones each time
    POST   /admin/accounts   {handle, name?, bio?, followers?, takes_private?}: a customer, made or brought up to date
    POST   /admin/posts      {author, text, reply_to?, lang?, at?, media?: [{base64, mime, alt}]} as anybody
    PATCH  /admin/posts/KEY  {text}; DELETE takes it back; both also for private messages
    POST   /admin/messages   {author, to, text, at?, media?}: a private message
    POST   /admin/likes      {author, post, removed?}
    POST   /admin/bulk       {posts: [{ref?, author, name?, text, at?, lang?, reply_to?, reply_to_ref?}]}, thousands at
                             once in one transaction; `ref` is the caller's own id for it, which later posts (of later
                             calls too) name in `reply_to_ref`; answers {posts: [key or null]}, null for what the
                             network's own rules refuse
    POST   /admin/events     {account, type, data}: any event into an account's feed
    POST   /admin/blocks     {by, account}
    DELETE /admin/tokens/H   the token of @H is dead, and so is the access of apps until they renew it; POST gives a
                             new one: {token}
    DELETE /admin/permits/H  @H takes back what apps may do for it, as on its page
    DELETE /admin/memory/H   the events of @H so far are no longer told: who asks for them learns of a gap
    GET    /admin/standing/H everything that @H wrote and that stands, oldest first
    POST   /admin/faults     {kind, next?, probability?, seconds?, handle?, on?}, see `faults.py`; GET lists,
                             DELETE ends them
    POST   /admin/down       {down: true}: everything under /api answers 503 until {down: false}
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from . import people, pictures
from .admin import Admin, Guard
from .answers import refusing
from .api import Api
from .buckets import Buckets
from .consent import Consent
from .demo.engine import Demo
from .faults import Faults
from .gate import Gate
from .hooks import HookSender
from .pages import Pages
from .store import Store


def create_app(
    store: Store, *, admin_token: str = "", rate: int = 600, life: float = 3600, demo: Demo | None = None
) -> Starlette:
    """The server over an open store. `rate` is the requests a minute that each account has, 0 for no limit; `life` is
    how many seconds an app's access lives. With a `demo`, practice customers come and talk."""
    faults = Faults()
    gate = Gate(Api(store).app(), store, faults, Buckets(rate))
    files = Files(store)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(HookSender(store, faults).run())]
        if demo is not None:
            tasks.append(asyncio.create_task(demo.run()))
        yield
        for task in tasks:
            task.cancel()

    return Starlette(
        routes=[
            Mount("/api", gate),
            Mount("/admin", Guard(Admin(store, gate).app(), admin_token)),
            Route("/avatars/{handle}.svg", refusing(files.avatar)),
            Route("/media/{key}", refusing(files.media)),
            *Consent(store, life).routes(),
            *Pages(store).routes(),
        ],
        lifespan=lifespan,
    )


class Files:
    """Faces and pictures. A picture's key cannot be guessed, so knowing it is the permission."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def avatar(self, request: Request) -> Response:
        row = people.get(self.store, request.path_params["handle"])
        headers = {"Cache-Control": "max-age=300", "Content-Security-Policy": "default-src 'none'"}
        return Response(people.face(row), media_type="image/svg+xml", headers=headers)

    async def media(self, request: Request) -> Response:
        row = pictures.get(self.store, request.path_params["key"])
        headers = {"Cache-Control": "max-age=86400, private", "X-Content-Type-Options": "nosniff"}
        return Response(row["bytes"], media_type=row["mime"], headers=headers)
