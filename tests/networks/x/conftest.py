"""X, as far as these tests need it: our strict server of its API, with a brand that signed in to it in both ways."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kikite.networks.contract import Account, Budget, Connection, Forbidden, Part, RateLimited, Unmetered, Urgency
from kikite.networks.x import network
from kikite.networks.x.permissions import SCOPES
from tests.servers.x import XServer

BRAND = "TsubameAir"


@dataclass
class Recorded(Unmetered):
    """A meter that remembers, and holds back whatever is in `shut`; what is `barred` nobody may ask for."""

    asked: list[tuple[str, Urgency]] = field(default_factory=list)
    budgets: dict[str, Budget] = field(default_factory=dict)
    charged: list[tuple[str, str]] = field(default_factory=list)
    shut: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)

    def ask(self, bucket: str, urgency: Urgency) -> None:
        self.asked.append((bucket, urgency))
        if bucket.rpartition("/")[2] in self.shut:
            raise RateLimited(datetime.now(UTC), "used up")
        if bucket.rpartition("/")[2] in self.barred:
            raise Forbidden("not in this plan")

    def told(self, bucket: str, budget: Budget) -> None:
        self.budgets[bucket] = budget

    def spent(self, what: str, keys: Collection[str]) -> None:
        self.charged += [(what, key) for key in keys]


@dataclass
class Scene:
    """A server with the brand's account on it; `account` signed in by OAuth 2, `keys` acts by four keys."""

    server: XServer
    account: Account
    keys: Account
    meter: Recorded = field(default_factory=Recorded)

    def open(self, account: Account | None = None, timeout: float = 15.0) -> Any:
        return network.connect(account or self.account, timeout=timeout, meter=self.meter)

    def post(self, author: str, text: str, **more: Any) -> str:
        return str(self.server.admin("POST", "/posts", author=author, text=text, **more)["id"])

    def whisper(self, author: str, text: str, **more: Any) -> str:
        return str(self.server.admin("POST", "/dms", author=author, to=BRAND, text=text, **more)["id"])

    def person(self, name: str, **more: Any) -> str:
        return str(self.server.admin("POST", "/users", username=name, **more)["id"])

    def standing(self) -> list[dict[str, Any]]:
        return list(self.server.admin("GET", f"/standing/{self.account.key}")["standing"])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XServer]:
    server = XServer(tmp_path_factory.mktemp("x"), "--keep-alive", "1")
    yield server
    report = server.admin("GET", "/report")
    server.close()
    assert not report["violations"], report["violations"]


@pytest.fixture
def scene(server: XServer) -> Iterator[Scene]:
    app = server.admin("GET", "/app")
    brand = server.admin("POST", "/accounts", username=BRAND)
    token = server.admin("POST", "/tokens", user=brand["id"], scopes=list(SCOPES))
    given = {name: str(app[name]) for name in ("client_id", "client_secret", "consumer_secret")}
    given |= {"bearer_token": app["bearer"], "access_token": token["access_token"], "enterprise": "no"}
    given["refresh_token"] = token["refresh_token"]
    account = Account(str(brand["id"]), BRAND, server.url, given, {"scopes": " ".join(SCOPES)})
    four = {
        "consumer_key": str(app["consumer_key"]),
        "consumer_secret": str(app["consumer_secret"]),
        "access_token": str(brand["oauth_token"]),
        "token_secret": str(brand["oauth_secret"]),
    }
    yield Scene(server, account, replace(account, secrets=four, settings={}))
    server.admin("DELETE", "/faults")
    server.admin("DELETE", "/limits")


@pytest.fixture
def connection(scene: Scene) -> Iterator[Connection]:
    with scene.open() as connection:
        yield connection


def part(text: str, **more: Any) -> Part:
    return Part(key=uuid.uuid4().hex, text=text, written_at=datetime.now(UTC), **more)
