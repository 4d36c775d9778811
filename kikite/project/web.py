"""The web process: uvicorn with Django's ASGI application. `python -m kikite.project.web FD` serves an open socket."""

from __future__ import annotations

import os
import socket
import sys

import uvicorn

from kikite.project.children import READY
from kikite.project.problems import telling
from kikite.project.tree import address

GRACE = 3  # seconds that open requests get at the end; live pages reconnect by themselves


class Server(uvicorn.Server):
    """Says where it serves once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            from django.conf import settings

            print(f"{READY} {settings.PUBLIC_URL}", flush=True)


def run(host: str = "", port: int = 0, fd: int | None = None) -> None:
    """Serve an address, or the listening socket `fd` that the supervisor holds, until a signal."""
    os.environ["KIKITE_ROLE"] = "web"
    if fd is None:
        os.environ.setdefault("KIKITE_URL", address(host, port))
    os.environ["DJANGO_SETTINGS_MODULE"] = "kikite.project.settings"
    config = uvicorn.Config(
        "kikite.project.asgi:application",
        host=host,
        port=port,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    Server(config).run([socket.socket(fileno=fd)] if fd is not None else None)


if __name__ == "__main__":
    sys.exit(telling(lambda: run(fd=int(sys.argv[1]))))
