"""Which limit each request counts for, and what the meter is told of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kikite.networks.contract import Budget, Later, Part, RateLimited, Reason, Sent, Urgency

from .told import US, Told

PART = Part("0" * 32, "On the next flight", datetime(2026, 11, 22, 12, tzinfo=UTC))
RESET = int(datetime.now(UTC).timestamp()) + 600
LEFT = {
    "ratelimit_limit": "3000",
    "ratelimit_remaining": "2990",
    "ratelimit_reset": str(RESET),
    "ratelimit_policy": "3000;w=300",
}


@dataclass
class Recording:
    """A meter that remembers, and refuses what is in `spent_buckets`."""

    asked: list[tuple[str, Urgency]] = field(default_factory=list)
    heard: dict[str, Budget] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def ask(self, bucket: str, urgency: Urgency) -> None:
        self.asked.append((bucket, urgency))
        if bucket in self.closed:
            raise RateLimited(datetime.now(UTC) + timedelta(minutes=1), "spent")

    def told(self, bucket: str, budget: Budget) -> None:
        self.heard[bucket] = budget

    def spent(self, what: str, keys: Collection[str]) -> None:
        raise AssertionError("nothing costs anything here")


def host(server: Told) -> str:
    return server.url.removeprefix("http://")


def test_a_read_counts_for_our_address(server: Told) -> None:
    meter = Recording()
    server.says("getProfiles", 200, {"profiles": []}, **LEFT)
    with server.connected(meter=meter) as connection:
        connection.profiles([US])
        assert connection.budget == Budget(3000, 2990, datetime.fromtimestamp(RESET, UTC))
    assert meter.asked == [(f"{host(server)}/requests", Urgency.CATCHING_UP)]
    assert meter.heard == {f"{host(server)}/requests": connection.budget}


def test_a_post_counts_for_the_accounts_points_too(server: Told) -> None:
    meter = Recording()
    server.says("createRecord", 200, {}, **LEFT)
    with server.connected(meter=meter) as connection:
        assert isinstance(connection.send(PART), Sent)
    assert meter.asked == [(f"{host(server)}/requests", Urgency.SENDING), (f"{US}/points", Urgency.SENDING)]
    assert set(meter.heard) == {f"{US}/points"}


def test_what_is_spent_is_not_sent(server: Told) -> None:
    meter = Recording(closed={f"{US}/points"})
    with server.connected(meter=meter) as connection:
        outcome = connection.send(PART)
    assert isinstance(outcome, Later) and outcome.reason is Reason.RATE_LIMITED and outcome.until
    assert server.asked == []


def test_a_search_is_the_least_urgent(server: Told) -> None:
    meter = Recording()
    server.says("searchPosts", 200, {"posts": []})
    server.says("getProfiles", 200, {"profiles": []})
    with server.connected(meter=meter) as connection:
        connection.search("bag", "")
        connection.profiles([US])
    assert [urgency for _, urgency in meter.asked] == [Urgency.SEARCHING, Urgency.CATCHING_UP]


def test_signing_in_has_a_limit_of_its_own(server: Told) -> None:
    meter = Recording()
    server.says("createSession", 429, {"error": "RateLimitExceeded"}, ratelimit_reset=str(RESET))
    with server.connected(secrets={"access": "", "refresh": ""}, meter=meter) as connection:
        outcome = connection.send(PART)
    assert isinstance(outcome, Later) and outcome.until == datetime.fromtimestamp(RESET, UTC)
    assert meter.heard == {f"{US}/sign-ins": Budget(1, 0, datetime.fromtimestamp(RESET, UTC))}


def test_a_refusal_without_a_time_holds_back_for_a_while(server: Told) -> None:
    meter = Recording()
    server.says("createRecord", 429, {"error": "RateLimitExceeded"})
    with server.connected(meter=meter) as connection:
        assert isinstance(connection.send(PART), Later)
    told = meter.heard[f"{US}/points"]
    assert told.remaining == 0 and told.resets_at > datetime.now(UTC)
