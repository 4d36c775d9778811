"""The practice network as a stage: its real server as a process of its own, acted upon through its admin API."""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from kikite.networks.contract import Account, Network
from kikite.networks.practice import network

from .catching import Catcher
from .stage import Cannot, Stage, Standing

BRAND = "TsubameAir"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class PracticeServer:
    """The server process over one file; started again on the same port, it goes on where it was."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._options = ("--port", str(self.port), "--data", str(folder / "practice.sqlite"), *options)
        self._token = secrets.token_hex(8)
        self._admin = httpx.Client(
            base_url=f"{self.base_url}/admin", headers={"Authorization": f"Bearer {self._token}"}
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kikite.networks.practice", *self._options],
            env={**os.environ, "KIKITE_PRACTICE_ADMIN_TOKEN": self._token},
        )
        end = time.monotonic() + 30
        while True:
            try:
                self.admin("GET", "/faults")
            except httpx.TransportError:
                assert time.monotonic() < end and self.process.poll() is None, "the practice server does not start"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """SIGKILL: what was acknowledged must be there after the next start."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def admin(self, method: str, path: str, **data: Any) -> dict[str, Any]:
        answer = self._admin.request(method, path, json=data or None)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def close(self) -> None:
        self.kill()
        self._admin.close()


class PracticeStage(Stage):
    """See `stage.Stage`."""

    network: Network = network

    def __init__(self, folder: Path, rate: int = 0) -> None:
        self._catcher: Catcher | None = None
        self.server = PracticeServer(folder, "--rate", str(rate))
        self.server.start()
        brand = self.server.admin("POST", "/brands", handle=BRAND, name="Tsubame Air")
        self.account = Account(
            key=brand["account"]["id"],
            handle=BRAND,
            base_url=brand["base_url"],
            secrets={"token": brand["token"], "webhook_secret": brand["webhook_secret"]},
        )

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        media = [{"base64": base64.b64encode(picture).decode(), "alt": "a picture"}] if picture else []
        text = f"@{BRAND} {text}" if mention else text
        return str(
            self.server.admin("POST", "/posts", author=customer, text=text, reply_to=reply_to, media=media)["id"]
        )

    def whisper(self, customer: str, text: str) -> str:
        return str(self.server.admin("POST", "/messages", author=customer, to=BRAND, text=text)["id"])

    def edit(self, customer: str, key: str, text: str) -> None:
        self.server.admin("PATCH", f"/posts/{key}", text=text)

    def erase(self, customer: str, key: str) -> None:
        self.server.admin("DELETE", f"/posts/{key}")

    def standing(self) -> list[Standing]:
        posts = self.server.admin("GET", f"/standing/{BRAND}")["posts"]
        return [Standing(post["id"], BRAND, post["text"], post.get("reply_to") or "") for post in posts]

    def limit(self, wait: timedelta) -> None:
        self.server.admin("POST", "/faults", kind="limit", next=1, seconds=wait.total_seconds())

    def expire(self) -> None:
        self.server.admin("DELETE", f"/tokens/{BRAND}")

    def renew(self) -> Account:
        token = self.server.admin("POST", f"/tokens/{BRAND}")["token"]
        self.account = replace(self.account, secrets={**self.account.secrets, "token": token})
        return self.account

    def lose_request(self) -> None:
        self.server.admin("POST", "/faults", kind="hang_before", next=1)

    def lose_answer(self) -> None:
        self.server.admin("POST", "/faults", kind="hang_after", next=1)

    def person(self, customer: str) -> str:
        return str(self.server.admin("POST", "/accounts", handle=customer)["id"])

    def hook(self) -> None:
        self._catcher = Catcher(lambda query: network.handshake(self.account, query))
        self._call(self._catcher.address)

    def unhook(self) -> None:
        if self._catcher is not None:
            self._call("")
            self._catcher.close()
            self._catcher = None

    def _call(self, address: str) -> None:
        self.server.admin("POST", "/brands", handle=BRAND, name="Tsubame Air", webhook_url=address)

    def calls(self) -> Sequence[tuple[Mapping[str, str], bytes]]:
        return self._catcher.calls() if self._catcher else ()

    def garble(self, how: str, on: str) -> None:
        kinds = {"html": "nonsense", "error": "error_before", "error_after": "error_after"}
        if how not in kinds:
            raise Cannot("the practice network's answers break in other ways")
        self.server.admin("POST", "/faults", kind=kinds[how], on=on)

    def heal(self) -> None:
        self.server.admin("DELETE", "/faults")

    def stop(self) -> None:
        self.server.kill()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        self.server.close()


def open_stage(folder: Path) -> PracticeStage:
    return PracticeStage(folder)
