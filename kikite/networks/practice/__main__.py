"""Runs the practice network's server (`server.py` says what it offers)."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .demo.engine import Demo
from .server import create_app
from .store import Store


class Protocol(HttpToolsProtocol):
    """uvicorn's own, which also tells the application its connection, so that a fault can cut it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


def main() -> None:
    options = _options()
    base_url = options.url or f"http://{options.host}:{options.port}"
    options.data.parent.mkdir(parents=True, exist_ok=True)
    store = Store(options.data, base_url, remember_keys=options.remember_keys)
    demo = Demo(store, options.pace) if options.demo else None
    token = os.environ.get("KIKITE_PRACTICE_ADMIN_TOKEN", "")
    app = create_app(store, admin_token=token, rate=options.rate, life=options.token_life, demo=demo)
    try:
        uvicorn.run(
            app, host=options.host, port=options.port, http=Protocol, ws="none", loop="asyncio", access_log=False,
            log_level="warning", timeout_graceful_shutdown=1,
        )  # fmt: skip
    finally:
        store.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kikite.networks.practice", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: only this machine)")
    parser.add_argument("--port", type=int, default=8001)
    folder = Path(os.environ.get("KIKITE_DATA", "."))
    parser.add_argument(
        "--data", type=Path, default=folder / "practice.sqlite", metavar="FILE", help="SQLite file, made if missing"
    )
    parser.add_argument("--url", default="", help="how others reach this server, if not by host and port")
    parser.add_argument("--demo", action="store_true", help="let practice customers come and talk to Tsubame Air")
    parser.add_argument("--pace", type=float, default=1.0, help="how many times faster than life the demo is")
    parser.add_argument("--rate", type=int, default=600, help="requests a minute for each account, 0 for no limit")
    parser.add_argument("--token-life", type=float, default=3600, help="seconds until an app has to renew its access")
    parser.add_argument("--remember-keys", action="store_true", help="honour Idempotency-Key headers")
    return parser.parse_args()


if __name__ == "__main__":
    main()
