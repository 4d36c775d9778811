"""What the practice server promises beyond the contract suite: limits, faults, refusals, bulk traffic."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kikite.networks.contract import (
    Absent,
    Account,
    Author,
    Later,
    Media,
    Message,
    Outcome,
    Part,
    RateLimited,
    Reason,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
    Unreachable,
    Visibility,
)
from kikite.networks.practice import network
from tests.contract.desk import part, picture, words
from tests.contract.practice_stage import BRAND, PracticeServer

from .conftest import account_of


def send(account: Account, what: Part, timeout: float = 5.0) -> Outcome:
    with network.connect(account, timeout=timeout) as connection:
        return connection.send(what)


def messages(account: Account) -> dict[str, Message]:
    with network.connect(account) as connection:
        page = connection.poll("")
    read = [item for one in page.deliveries for item in network.translate(account, one.kind, one.body)]
    return {item.key: item for item in read if isinstance(item, Message)}


def post(server: PracticeServer, **data: Any) -> str:
    return str(server.admin("POST", "/posts", **{"author": "marak", "text": f"@{BRAND} hello", **data})["id"])


def received(server: PracticeServer, account: Account, **data: Any) -> Message:
    key = post(server, **data)
    return messages(account)[key]


@pytest.mark.parametrize(
    ("kind", "expected", "stands"),
    [
        ("error_before", Unknown, False), ("error_after", Unknown, True), ("drop_before", Unknown, False),
        ("drop_after", Unknown, True), ("hang_before", Unknown, False), ("hang_after", Unknown, True),
        ("nonsense", Unknown, False), ("unavailable", Later, False), ("unauthorised", Later, False),
    ],
)  # fmt: skip
def test_fault(server: PracticeServer, brand: Account, kind: str, expected: type[Outcome], stands: bool) -> None:
    server.admin("POST", "/faults", kind=kind, next=1, seconds=10)
    what = part(words(kind))
    assert isinstance(send(brand, what, timeout=1), expected)
    with network.connect(brand) as connection:
        found = connection.find(what)
        assert isinstance(found, Sent if stands else Absent)
        if not stands:
            assert isinstance(connection.send(what), Sent)
    standing = [one for one in server.admin("GET", f"/standing/{BRAND}")["posts"] if one["text"] == what.text]
    assert len(standing) == 1


def test_faults_while_reading(server: PracticeServer, brand: Account) -> None:
    for kind, error in (
        ("error_before", Unreachable), ("drop_after", Unreachable), ("nonsense", Unreachable),
        ("unavailable", Unreachable), ("unauthorised", Unauthorised), ("limit", RateLimited),
    ):  # fmt: skip
        server.admin("POST", "/faults", kind=kind, next=1, seconds=1, on="read")
        with network.connect(brand, timeout=2) as connection, pytest.raises(error):
            connection.poll("")


def test_a_fault_for_one_account_and_by_chance(server: PracticeServer, brand: Account) -> None:
    other = account_of(server, "OtherAir")
    server.admin("POST", "/faults", kind="unavailable", probability=1.0, handle="OtherAir")
    assert isinstance(send(brand, part(words("fine"))), Sent)
    assert isinstance(send(other, part(words("not fine"))), Later)
    server.admin("POST", "/faults", kind="unavailable", probability=0.0)
    assert isinstance(send(brand, part(words("still fine"))), Sent)


def test_down(server: PracticeServer, brand: Account) -> None:
    server.admin("POST", "/down", down=True)
    try:
        outcome = send(brand, part(words("down")))
        assert isinstance(outcome, Later) and outcome.reason is Reason.UNAVAILABLE
    finally:
        server.admin("POST", "/down", down=False)


def test_rate_limit(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = PracticeServer(tmp_path_factory.mktemp("limited"), "--rate", "20")
    try:
        server.start()
        with network.connect(account_of(server)) as connection:
            outcomes = [connection.send(part(f"post {number}")) for number in range(21)]
            assert connection.budget is not None and connection.budget.limit == 20
            assert connection.budget.remaining == 0
            assert connection.budget.resets_at > datetime.now(UTC) - timedelta(seconds=1)
            assert connection.poll("").deliveries  # reading has a limit of its own
        assert all(isinstance(outcome, Sent) for outcome in outcomes[:20])
        last = outcomes[20]
        assert isinstance(last, Later) and last.reason is Reason.RATE_LIMITED and last.until is not None
        assert last.until - datetime.now(UTC) < timedelta(seconds=62)
    finally:
        server.close()


def test_keys_are_remembered_only_when_asked(tmp_path_factory: pytest.TempPathFactory, brand: Account) -> None:
    what = part(words("once"))
    first, second = send(brand, what), send(brand, what)
    assert isinstance(first, Sent) and isinstance(second, Sent) and first.key != second.key
    server = PracticeServer(tmp_path_factory.mktemp("remembering"), "--remember-keys")
    try:
        server.start()
        account = account_of(server)
        assert send(account, what) == send(account, what)
        assert len(server.admin("GET", f"/standing/{BRAND}")["posts"]) == 1
    finally:
        server.close()


def test_the_same_words_twice_in_one_place(server: PracticeServer, brand: Account) -> None:
    parent = received(server, brand)
    first = part(words("Thank you"), parent)
    second = part(first.text, parent)
    outcome = send(brand, first)
    assert isinstance(outcome, Sent)
    with network.connect(brand) as connection:
        assert isinstance(connection.find(second, {outcome.key}), Absent)
        assert connection.find(first) == outcome


def test_refusals(server: PracticeServer, brand: Account) -> None:
    server.admin("POST", "/accounts", handle="hermit", takes_private=False)
    blocker = received(server, brand, author="blocker")
    server.admin("POST", "/blocks", by="blocker", account=BRAND)
    gone = received(server, brand)
    server.admin("DELETE", f"/posts/{gone.key}")
    cold = part(words("cold"), visibility=Visibility.PRIVATE)
    for what, reason in (
        (part("x" * 281), Reason.TOO_LONG),
        (part("   "), Reason.INVALID),
        (part(words("blocked"), blocker), Reason.BLOCKED),
        (part(words("gone"), gone), Reason.GONE),
        (cold, Reason.GONE),
        (replace(cold, to=Author("", "marak")), Reason.CLOSED),
        (part("x", media=(Media("image", "http://127.0.0.1/x.png", mime="image/png"),)), Reason.INVALID),
        (part("x", media=(Media("image", "data:image/svg+xml;base64,AAAA", mime="image/svg+xml"),)), Reason.INVALID),
    ):
        outcome = send(brand, what)
        assert isinstance(outcome, Refused) and outcome.reason is reason, what
        assert outcome.detail


def test_picture_there_and_back(server: PracticeServer, brand: Account) -> None:
    content = picture()
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    outcome = send(brand, part(words("see"), media=(Media("image", url, "a blue field, 青い", "image/png"),)))
    assert isinstance(outcome, Sent)
    (medium,) = messages(brand)[outcome.key].media
    assert (medium.alt, medium.width, medium.height) == ("a blue field, 青い", 48, 32)
    answer = httpx.get(medium.url)
    assert answer.content == content and answer.headers["x-content-type-options"] == "nosniff"


def test_bulk_traffic_of_another_time(server: PracticeServer, brand: Account) -> None:
    at = "2017-10-31T22:10:47+00:00"
    made = server.admin(
        "POST", "/bulk", posts=[
            {"ref": "t1", "author": "115712", "text": f"@{BRAND} 初めまして", "at": at},
            {"ref": "t2", "author": BRAND, "text": "@115712 hello ^CP", "reply_to_ref": "t1", "at": at},
            {"ref": "t3", "author": "115712", "text": "", "reply_to_ref": "t2"},
        ]
    )["posts"]  # fmt: skip
    assert made[2] is None, "what the network refuses is left out, and the rest is not"
    read = messages(brand)
    assert read[made[0]].at == datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)
    assert read[made[1]].reply_to == made[0] and read[made[1]].author.key == brand.key
    (later,) = server.admin(
        "POST", "/bulk", posts=[{"author": "115712", "text": "thanks", "reply_to_ref": "t2"}]
    )["posts"]  # fmt: skip
    assert messages(brand)[later].root == made[0]


def test_threads_that_began_without_us(server: PracticeServer, brand: Account) -> None:
    """A post that names the airline without addressing it is heard; so is all that follows below it."""
    heard = post(server, text="Nobody at the TSUBAME AIR desk")
    follows = post(server, author="friend", text="Same here", reply_to=heard)
    unheard = post(server, author="friend", text="Good evening")
    read = messages(brand)
    assert {heard, follows} <= set(read) and unheard not in read


def test_strange_requests(server: PracticeServer, brand: Account) -> None:
    headers = {"Authorization": f"Bearer {brand.secrets['token']}"}
    with httpx.Client(base_url=server.base_url, headers=headers) as client:
        for answer, status in (
            (client.post("/api/posts", content=b"{"), 400),
            (client.post("/api/posts", content=b"[]"), 400),
            (client.post("/api/posts", json={"text": 7}), 422),
            (client.post("/api/posts", json={"text": "x", "media": ["no such"]}), 422),
            (client.post("/api/posts", json={"text": "x", "reply_to": "1; DROP TABLE post"}), 404),
            (client.get("/api/events?since=-1"), 422),
            (client.get("/api/events?since=99999999999999999999"), 422),
            (client.get("/api/posts/x"), 404),
            (client.post("/api/media", content=b"<svg/>", headers={"Content-Type": "image/svg+xml"}), 415),
            (client.put("/api/webhook", json={"url": "file:///etc/passwd"}), 422),
            (client.get("/admin/faults"), 403),
            (client.get("/media/../store.py"), 404),
        ):
            assert answer.status_code == status, answer.request.url
    assert httpx.get(f"{server.base_url}/api/account").status_code == 401


def test_it_weighs_little(server: PracticeServer) -> None:
    """Idle it takes 38 MB; the tests above have filled its caches."""
    assert server.process is not None
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    assert pages * os.sysconf("SC_PAGE_SIZE") < 64_000_000
