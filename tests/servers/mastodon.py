"""A Mastodon server for tests: `mastodon-mock` in a process of its own, whose database outlives it.

`python -m tests.servers.mastodon FOLDER PORT` serves; `MastodonServer` starts and kills that process. Two things are
ours: faults hit one account's requests only (the mock's own rules know paths, not people, and customers post by the
same path), and an answer can be lost or broken after the deed, which the mock cannot do. And a reply to a post that
does not exist is refused, as Mastodon refuses it.
"""

from __future__ import annotations

import asyncio
import base64
import contextvars
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from .garbling import JSON, garbled

BRAND = "kikite_air"
_PATIENCE = 120.0  # seconds: on a machine that has much else to do, the mock's imports alone take half a minute
_LOST = "X-Lose-Answer"  # marks the rule that the mock itself does not know
_ROOT = Path(__file__).resolve().parents[2]
_of_brand: contextvars.ContextVar[bool] = contextvars.ContextVar("of_brand", default=False)


class MastodonServer:
    """The server, seen from the tests. `stop` kills it; `start` brings it back with all that stood."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="kikite-mastodon-"))
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        if self._process is not None:
            return
        command = [sys.executable, "-m", "tests.servers.mastodon", str(self.folder), str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=_ROOT, stdout=log, stderr=log, start_new_session=True)
        self._await_health(time.monotonic() + _PATIENCE)

    def _await_health(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/health", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"mastodon-mock did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def stop(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- people ---

    def token(self, username: str) -> str:
        """A working token of an account, which is made when it is not there yet."""
        answer = httpx.post(f"{self.url}/api/v1/_mock/login", json={"username": username})
        if answer.status_code == 404:
            answer = httpx.post(f"{self.url}/api/v1/_mock/dev_user", json={"username": username})
        answer.raise_for_status()
        token = answer.json()["access_token"]
        assert isinstance(token, str)
        return token

    def revoke(self, token: str) -> None:
        httpx.post(f"{self.url}/oauth/revoke", data={"token": token}).raise_for_status()

    # --- faults, for requests of the brand only ---

    def fault(self, **rule: Any) -> None:
        """One rule, in the words of the mock: `match`, `effect`, `count`."""
        httpx.post(f"{self.url}/api/v1/_mock/faults", json=rule).raise_for_status()

    def lose_answer(self) -> None:
        """The next post of the brand is taken, and nothing is ever answered."""
        effect = {"type": "latency", "headers": {_LOST: "1"}}
        self.fault(match={"methods": ["POST"], "path": "/api/v1/statuses"}, effect=effect, count=1)

    def garble(self, how: str, on: str) -> None:
        """What the brand's requests that "read" or "write" hear is broken from now on; "" ends it."""
        httpx.post(f"{self.url}/garble", json={"how": how, "on": on}).raise_for_status()

    def clear_faults(self) -> None:
        httpx.delete(f"{self.url}/api/v1/_mock/faults").raise_for_status()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert isinstance(port, int)
    return port


# --- the process that serves ------------------------------------------------------------------------------------


class Brands:
    """ASGI: marks the brand's requests, loses and breaks answers when told to, and refuses replies to what is gone."""

    def __init__(self, app: Any, inner: Any) -> None:
        self.app = app
        self.inner = inner
        self.challenges: dict[str, str] = {}  # by the app that sent somebody to sign in
        self.garbled = {"how": "", "on": ""}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == "/garble":
            self.garbled = json.loads(await _whole(receive))
            await _answer(send, 200, {})
            return
        _of_brand.set(await asyncio.to_thread(self._is_brand, scope))
        on = "read" if scope["method"] == "GET" else "write"
        if not (_of_brand.get() and self.garbled["how"] and self.garbled["on"] == on):
            await self._serve(scope, receive, send)
        elif self.garbled["how"] == "error":
            await _tell(send, *garbled("error", 500, b""))
        else:
            answer = _Answer()
            await self._serve(scope, receive, answer)
            await _tell(send, *garbled(self.garbled["how"], answer.status, bytes(answer.body)))

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST" and scope["path"] == "/api/v1/statuses":
            await self._post(scope, receive, send)
        elif scope["path"] in ("/oauth/authorize", "/oauth/token"):
            await self._sign_in(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _sign_in(self, scope: Any, receive: Any, send: Any) -> None:
        """What the mock leaves open: a code is good once, for the app that it was made for, with its verifier."""
        body = await _whole(receive)
        query = dict(parse_qsl(scope["query_string"].decode()))
        if scope["method"] == "GET":
            self.challenges[query["client_id"]] = query.get("code_challenge", "")
        elif scope["path"] == "/oauth/token":
            form = dict(parse_qsl(body.decode()))
            client, verifier = form.get("client_id", ""), form.get("code_verifier", "")
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if form.get("grant_type") == "authorization_code" and self.challenges.pop(client, None) != digest:
                told = "The provided authorization grant is invalid, expired, revoked"
                await _answer(send, 400, {"error": "invalid_grant", "error_description": told})
                return
        await self.app(scope, _again(body, receive), send)

    def _is_brand(self, scope: Any) -> bool:
        from mastodon_mock.db.models import Account, OAuthToken
        from sqlalchemy import select

        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        with self.inner.state.session_factory() as session:
            owner = select(Account.username).join(OAuthToken, OAuthToken.account_id == Account.id)
            return bool(session.scalar(owner.where(OAuthToken.access_token == given)) == BRAND)

    async def _post(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _whole(receive)
        if await asyncio.to_thread(self._answers_nothing, body):
            await _answer(send, 404, {"error": "The thread you are trying to reply to does not exist"})
            return
        if self.inner.state.fault_store.take_lost_answer(scope["method"], scope["path"]):
            send = _nowhere
        await self.app(scope, _again(body, receive), send)
        if send is _nowhere:
            await asyncio.sleep(120)

    def _answers_nothing(self, body: bytes) -> bool:
        from mastodon_mock.db.models import Status

        try:
            parent = json.loads(body).get("in_reply_to_id")
        except (ValueError, AttributeError):
            return False
        with self.inner.state.session_factory() as session:
            return parent is not None and session.get(Status, int(parent)) is None


def _brand_faults() -> Any:
    from mastodon_mock.faults import FaultRule, FaultStore

    class BrandFaults(FaultStore):
        """The mock's rules, for the brand's requests only."""

        def take_match(self, method: str, path: str) -> FaultRule | None:
            return super().take_match(method, path) if _of_brand.get() else None

        def take_lost_answer(self, method: str, path: str) -> bool:
            wanted = [rule for rule in self._rules if _LOST in rule.headers]
            if not _of_brand.get() or not wanted or not wanted[0].matches(method, path):
                return False
            self.remove(wanted[0].id)
            return True

    return BrandFaults()


async def _whole(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Any) -> Any:
    given = False

    async def replay() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _nowhere(message: Any) -> None:
    return


class _Answer:
    """Takes a whole answer in place of the client."""

    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()

    async def __call__(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


async def _answer(send: Any, status: int, data: object) -> None:
    await _tell(send, status, JSON, json.dumps(data).encode())


async def _tell(send: Any, status: int, mime: str, body: bytes) -> None:
    headers = [(b"content-type", mime.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(folder: Path, port: int) -> None:
    import uvicorn
    from mastodon_mock.app import create_app
    from mastodon_mock.config import (
        DatabaseConfig,
        MastodonMockConfig,
        RateLimitConfig,
        SeedAccount,
        SeedConfig,
        StreamingConfig,
    )

    config = MastodonMockConfig(
        domain=f"127.0.0.1:{port}",
        url_scheme="http",
        media_storage_path=str(folder / "media"),
        database=DatabaseConfig(path=str(folder / "mastodon.sqlite")),
        seed=SeedConfig(accounts=[SeedAccount(username=BRAND, display_name="Kikite Air")]),
        streaming=StreamingConfig(heartbeat_seconds=0.5),
        ratelimit=RateLimitConfig(enabled=True, limit=1_000_000),
    )
    inner = create_app(config)
    inner.state.fault_store = _brand_faults()
    uvicorn.run(Brands(inner, inner), host="127.0.0.1", port=port, log_level="warning", server_header=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
