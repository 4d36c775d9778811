"""A network whose one webhook serves all accounts of an app, and which asks whether the address is ours.

It is an input, not a stand-in for what is tested: a call is JSON, its signature is the app's secret itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from kikite.networks.base import BaseNetwork
from kikite.networks.contract import Account, BadSignature, Capabilities, Delivery, Handshake, Incoming


class SharedNetwork(BaseNetwork):
    name = "shared"
    title = "Shared"
    ways = ()
    capabilities = Capabilities(private_messages=True, reads_by=frozenset({"poll", "webhook"}), subscribes=True)

    def handshake(self, account: Account, query: Mapping[str, str]) -> Handshake:
        if not query.get("challenge") or not _same(account, query.get("token", "")):
            raise BadSignature("no challenge, or not our token")
        return Handshake(query["challenge"].encode())

    def receive(self, account: Account, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
        if not _same(account, headers.get("x-app", "")):
            raise BadSignature("not this app's")
        return [Delivery(one["key"], "post", orjson.dumps(one), one.get("account", "")) for one in orjson.loads(body)]

    def translate(self, account: Account, kind: str, body: bytes) -> list[Incoming]:
        return []

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)


def _same(account: Account, given: str) -> bool:
    known = account.secrets.get("app", "")
    return bool(known) and hmac.compare_digest(known.encode(), given.encode())
