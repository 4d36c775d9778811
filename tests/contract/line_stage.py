"""The stage of the LINE connector: our own strict server, which calls a webhook that keeps what it gets."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kikite.networks.contract import Account, Network
from kikite.networks.line import network
from tests.servers.line.server import LineServer
from tests.servers.line.state import CHANNEL_ID, CHANNEL_SECRET

from .catching import Catcher
from .stage import Cannot, Stage, Standing


class LineStage(Stage):
    network: Network = network

    def __init__(self, folder: Path) -> None:
        self.server = LineServer(folder)
        self.receiver = Catcher(lambda query: network.handshake(self.account, query))
        self.server.admin("set", quota=100_000)
        self.account = self._connected()

    def _connected(self) -> Account:
        typed = {"channel_id": CHANNEL_ID, "channel_secret": CHANNEL_SECRET}
        account = Account("", "", self.server.url, typed)
        with network.connect(account) as connection:
            identity = connection.identify()
            connection.subscribe(self.receiver.address)
        return replace(
            account, key=identity.author.key, handle=identity.author.handle, settings=identity.settings,
            secrets=identity.secrets,
        )  # fmt: skip

    # --- people ---

    def post(self, customer: str, text: str, *, reply_to: str = "", mention: bool = True, picture: bytes = b"") -> str:
        """A picture is a message of its own on LINE, without words: the key is its, and the words come before."""
        quoted = {"quotedMessageId": reply_to} if reply_to else {}
        said = self._say(customer, {"type": "text", "text": text, "quoteToken": "q", **quoted})
        if not picture:
            return said
        provider = {"contentProvider": {"type": "line"}, "quoteToken": "q"}
        return self._say(customer, {"type": "image", **provider}, picture)

    def whisper(self, customer: str, text: str) -> str:
        return self.post(customer, text)

    def _say(self, customer: str, message: dict[str, object], file: bytes = b"") -> str:
        encoded = base64.b64encode(file).decode() if file else None
        return str(self.server.admin("say", author=customer, message=message, file=encoded, mime="image/png")["id"])

    def edit(self, customer: str, key: str, text: str) -> None:
        raise Cannot("LINE has no edits")

    def erase(self, customer: str, key: str) -> None:
        self.server.admin("unsend", author=customer, id=key)

    def calls(self) -> Sequence[tuple[Mapping[str, str], bytes]]:
        return self.receiver.calls()

    def hook(self) -> None:
        """LINE has no other way to be read, so the webhook is there from the start."""

    def person(self, customer: str) -> str:
        return str(self.server.admin("person", name=customer)["user"])

    def standing(self) -> list[Standing]:
        pushed = self.server.admin("standing")["pushed"]
        return [Standing(one["id"], "Tsubame Air", one["text"]) for one in pushed]

    # --- trouble ---

    def limit(self, wait: timedelta) -> None:
        raise Cannot("LINE does not say when its limit ends")

    def expire(self) -> None:
        self.server.admin("expire")

    def renew(self) -> Account:
        """As a new token is had while the channel lives: by its id and secret."""
        renewal = network.renew(self.account)
        self.account = replace(self.account, secrets=renewal.secrets)
        return self.account

    def end_access(self) -> None:
        self.server.admin("expire")

    def garble(self, how: str, on: str) -> None:
        self.server.admin("garble", how=how, on=on)

    def heal(self) -> None:
        self.server.admin("garble", how="", on="")

    def lose_request(self) -> None:
        self.server.admin("fault", kind="hang_before")

    def lose_answer(self) -> None:
        self.server.admin("fault", kind="hang_after")

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        self.server.close()
        self.receiver.close()


def open_stage(folder: Path) -> LineStage:
    return LineStage(folder)
