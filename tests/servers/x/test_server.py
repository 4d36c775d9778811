"""The test X does as X says: the description, signatures, tokens, limits, the summons rule, webhooks, streams."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from kikite.networks.contract import Handshake
from tests.contract.catching import Catcher
from tests.servers.strict import described
from tests.servers.x import XServer
from tests.servers.x.activity import sign
from tests.servers.x.proving import challenge, signature
from tests.servers.x.writing import weight

SCOPES = "tweet.read tweet.write users.read dm.read dm.write like.write media.write tweet.moderate.write offline.access"
strict = pytest.mark.skipif(described("x-api-v2") is None, reason="X's API DESCRIPTION IS NOT THERE")


class Brand:
    """An account signed in to the app, and its calls."""

    def __init__(self, server: XServer) -> None:
        self.server = server
        self.app = server.admin("GET", "/app")
        self.user = server.admin("POST", "/accounts", username="TsubameAir")
        self.tokens = server.admin("POST", "/tokens", user=self.user["id"], scopes=SCOPES.split())

    def ask(self, method: str, path: str, *, token: str = "", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.tokens['access_token']}"}
        return httpx.request(method, f"{self.server.url}{path}", headers=headers, timeout=20, **more)

    def as_app(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.ask(method, path, token=self.app["bearer"], **more)

    def say(self, text: str, reply_to: str = "") -> httpx.Response:
        reply = {"reply": {"in_reply_to_tweet_id": reply_to}} if reply_to else {}
        return self.ask("POST", "/2/tweets", json={"text": text, **reply})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XServer]:
    found = XServer(tmp_path_factory.mktemp("x"), "--keep-alive", "0.2")
    yield found
    report = found.admin("GET", "/report")
    found.close()
    assert report["violations"] == []


@pytest.fixture(scope="module")
def brand(server: XServer) -> Brand:
    return Brand(server)


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


@strict
@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/2/users/me", {"params": {"tweet.fields": "created_at"}}),
        ("GET", "/2/users/me", {"params": {"user.fields": "shoe_size"}}),
        ("GET", "/2/tweets", {}),
        ("GET", "/2/tweets", {"params": {"ids": "not-an-id"}}),
        ("POST", "/2/tweets", {"json": {"text": "hello", "in_reply_to": "1"}}),
        ("POST", "/2/tweets", {"json": {"text": 7}}),
        ("POST", "/2/tweets", {"content": b"{"}),
        ("POST", "/2/tweets", {"data": {"text": "a form"}}),
        ("PUT", "/2/tweets/1/hidden", {"json": {}}),
        ("GET", "/2/dm_events", {"params": {"max_results": "1000"}}),
        ("GET", "/1.1/statuses/mentions_timeline.json", {}),
    ],
)
def test_what_is_not_described_is_refused(brand: Brand, method: str, path: str, more: dict[str, Any]) -> None:
    assert problem(brand.ask(method, path, **more)) == (400, "invalid-request")


@strict
def test_the_wrong_way_in(brand: Brand) -> None:
    assert problem(brand.as_app("GET", "/2/users/me")) == (403, "unsupported-authentication")
    assert problem(brand.ask("GET", "/2/webhooks")) == (403, "unsupported-authentication")
    assert problem(brand.ask("GET", "/2/users/me", token="nobody's"))[0] == 401
    lesser = brand.server.admin("POST", "/tokens", user=brand.user["id"], scopes=["tweet.read", "users.read"])
    assert problem(brand.ask("POST", "/2/tweets", token=lesser["access_token"], json={"text": "no"}))[0] == 403


def test_signed_requests(brand: Brand) -> None:
    url = f"{brand.server.url}/2/users/me"

    def asked(secret: str, nonce: str, at: float) -> int:
        told = {
            "oauth_consumer_key": brand.app["consumer_key"], "oauth_token": brand.user["oauth_token"],
            "oauth_nonce": nonce, "oauth_timestamp": str(int(at)), "oauth_signature_method": "HMAC-SHA1",
            "oauth_version": "1.0",
        }  # fmt: skip
        pairs = [*told.items(), ("user.fields", "created_at,name")]
        told["oauth_signature"] = signature("GET", url, pairs, brand.app["consumer_secret"], secret)
        header = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in told.items())
        headers = {"Authorization": f"OAuth {header}"}
        return httpx.get(url, params={"user.fields": "created_at,name"}, headers=headers).status_code

    right = brand.user["oauth_secret"]
    assert asked(right, "first", time.time()) == 200
    assert asked(right, "first", time.time()) == 401, "the same nonce twice"
    assert asked("another", "second", time.time()) == 401
    assert asked(right, "third", time.time() - 3600) == 401


def test_the_documented_example_of_a_signature() -> None:
    """X's page "Creating a signature"."""
    pairs = [
        ("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),
        ("include_entities", "true"),
        ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
        ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1318622958"),
        ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
        ("oauth_version", "1.0"),
    ]
    consumer = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"
    token = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
    found = signature("POST", "https://api.twitter.com/1.1/statuses/update.json", pairs, consumer, token)
    assert found == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="


def test_signing_in(brand: Brand) -> None:
    back, verifier = "https://desk.example/back", "v" * 43
    brand.server.admin("PATCH", "/app", redirects=[back])
    query = {
        "response_type": "code", "client_id": brand.app["client_id"], "redirect_uri": back, "scope": SCOPES,
        "state": "ours", "code_challenge": challenge(verifier, "S256"), "code_challenge_method": "S256",
    }  # fmt: skip
    page = f"{brand.server.url}/i/oauth2/authorize"
    assert httpx.get(page, params={**query, "redirect_uri": "https://elsewhere.example"}).status_code == 400
    assert "Authorize app" in httpx.get(page, params=query).text

    def code() -> str:
        answer = httpx.post(page, params=query, data={"user": brand.user["id"], "answer": "yes"})
        told = httpx.URL(answer.headers["location"]).params
        assert told["state"] == "ours"
        return str(told["code"])

    def token(**form: str) -> httpx.Response:
        proof = (brand.app["client_id"], brand.app["client_secret"])
        return httpx.post(f"{brand.server.url}/2/oauth2/token", data=form, auth=proof)

    once = {"grant_type": "authorization_code", "code": code(), "redirect_uri": back}
    assert token(**{**once, "code": code()}, code_verifier="w" * 43).status_code == 400
    made = token(**once, code_verifier=verifier).json()
    assert set(made["scope"].split()) == set(SCOPES.split()) and made["expires_in"] == 7200
    assert token(**once, code_verifier=verifier).status_code == 400, "a code is good for one use"
    fresh = token(grant_type="refresh_token", refresh_token=made["refresh_token"]).json()
    assert brand.ask("GET", "/2/users/me", token=fresh["access_token"]).status_code == 200
    assert brand.ask("GET", "/2/users/me", token=made["access_token"]).status_code == 401
    assert token(grant_type="refresh_token", refresh_token=made["refresh_token"]).status_code == 400


def test_only_who_summoned_us_is_answered(brand: Brand) -> None:
    untagged = brand.server.admin("POST", "/posts", author="mara", text="Tsubame Air lost my bag")["id"]
    refused = brand.say("Where was it?", untagged)
    assert problem(refused)[0] == 403 and "have not been mentioned" in refused.json()["detail"]
    tagged = brand.server.admin("POST", "/posts", author="mara", text="@TsubameAir where is it?")["id"]
    answer = brand.say("We have it", tagged)
    assert answer.status_code == 201 and answer.json()["data"]["text"] == "@mara We have it"
    assert brand.say("and send it today 2/2", answer.json()["data"]["id"]).status_code == 201
    brand.server.admin("PATCH", "/app", enterprise=True)
    assert brand.say("Where was it?", untagged).status_code == 201
    brand.server.admin("PATCH", "/app", enterprise=False)


def test_what_is_not_posted(brand: Brand) -> None:
    assert brand.say("Good morning from Narita").status_code == 201
    assert "duplicate content" in brand.say("Good morning from Narita").json()["detail"]
    assert "too long" in brand.say("航" * 141).json()["errors"][0]["message"]
    gone = brand.server.admin("POST", "/posts", author="mara", text="@TsubameAir never mind")["id"]
    brand.server.admin("DELETE", f"/posts/{gone}")
    assert "deleted or not visible" in brand.say("We will", gone).json()["detail"]


def test_an_edit_is_a_post_of_its_own(brand: Brand) -> None:
    first = brand.server.admin("POST", "/posts", author="mara", text="@TsubameAir gate 12")["id"]
    second = brand.server.admin("PATCH", f"/posts/{first}", text="@TsubameAir gate 21")["id"]
    path, params = f"/2/users/{brand.user['id']}/mentions", {"since_id": str(int(first) - 1), "max_results": "5"}
    (found,) = brand.ask("GET", path, params=params).json()["data"]
    assert (found["id"], found["edit_history_post_ids"]) == (second, [first, second])
    brand.server.admin("DELETE", f"/posts/{first}")
    gone = brand.ask("GET", "/2/tweets", params={"ids": f"{first},{second}"}).json()
    assert [one["resource_id"] for one in gone["errors"]] == [first, second] and "data" not in gone


def test_pages(brand: Brand) -> None:
    made = [brand.server.admin("POST", "/posts", author="rin", text=f"@TsubameAir page {n}")["id"] for n in range(12)]
    params, found = {"query": '"page" from:rin', "max_results": "10"}, []
    while True:
        page = brand.ask("GET", "/2/tweets/search/recent", params=params).json()
        found += [one["id"] for one in page["data"]]
        if "next_token" not in page["meta"]:
            break
        params["next_token"] = page["meta"]["next_token"]
    assert found == made[::-1]


def test_limits_are_told_and_held(brand: Brand) -> None:
    brand.server.admin("POST", "/limits", endpoint="GET /2/users/me", user=2, seconds=2)
    left = [brand.ask("GET", "/2/users/me").headers["x-rate-limit-remaining"] for _ in range(2)]
    refused = brand.ask("GET", "/2/users/me")
    assert left == ["1", "0"] and refused.status_code == 429
    wait = int(refused.headers["x-rate-limit-reset"]) - time.time()
    assert 0 < wait <= 3
    time.sleep(wait)
    assert brand.ask("GET", "/2/users/me").status_code == 200
    brand.server.admin("DELETE", "/limits")


@pytest.mark.parametrize("kind", ["html", "empty", "half", "types", "error_after"])
def test_broken_answers_to_what_was_done(brand: Brand, kind: str) -> None:
    brand.server.admin("POST", "/faults", kind=kind)
    heard = brand.say(f"Said, and answered by {kind}")
    found = brand.server.admin("GET", f"/standing/{brand.user['id']}")["standing"]
    assert found[-1]["text"] == f"Said, and answered by {kind}"
    assert _key(heard.content) != found[-1]["id"]
    assert brand.say(f"And well again after {kind}").status_code == 201


def _key(body: bytes) -> object:
    """The key in an answer, if there is any to be read."""
    try:
        return orjson.loads(body)["data"]["id"]
    except (ValueError, KeyError, TypeError):
        return None


def test_errors_go_on_until_they_are_over(brand: Brand) -> None:
    brand.server.admin("POST", "/faults", kind="error", on="any", next=0, seconds=0.3)
    assert [brand.say("In vain").status_code, brand.ask("GET", "/2/users/me").status_code] == [500, 500]
    _until(lambda: brand.ask("GET", "/2/users/me").status_code == 200)
    assert brand.say("In vain").status_code == 201


def test_a_clock_that_is_wrong(brand: Brand) -> None:
    brand.server.admin("POST", "/skew", seconds=600)
    told = parsedate_to_datetime(brand.ask("GET", "/2/users/me").headers["date"]).timestamp()
    assert abs(told - time.time() - 600) < 5
    brand.server.admin("POST", "/skew", seconds=0)


def test_webhooks(brand: Brand) -> None:
    secret, consumer = brand.app["consumer_secret"], {"right": False}

    def answer(query: Any) -> Handshake:
        said = sign(secret if consumer["right"] else "another", query["crc_token"].encode())
        return Handshake(orjson.dumps({"response_token": said}), "application/json")

    catcher = Catcher(answer)
    assert problem(brand.as_app("POST", "/2/webhooks", json={"url": catcher.address}))[0] == 400
    consumer["right"] = True
    hook = brand.as_app("POST", "/2/webhooks", json={"url": catcher.address}).json()["data"]["id"]
    wanted = {"event_type": "post.mention.create", "filter": {"user_id": brand.user["id"]}, "webhook_id": hook}
    assert problem(brand.as_app("POST", "/2/activity/subscriptions", json=wanted))[0] == 403, "the event is private"
    assert brand.ask("POST", "/2/activity/subscriptions", json=wanted).status_code == 200
    key = brand.server.admin("POST", "/posts", author="mara", text="@TsubameAir hooked?")["id"]
    headers, body = _first(catcher)
    assert headers["x-twitter-webhooks-signature"] == sign(secret, body)
    assert orjson.loads(body)["data"]["payload"]["id"] == key
    minute = time.strftime("%Y%m%d%H%M", time.gmtime())
    replay = {"webhook_id": hook, "from_date": str(int(minute) - 1), "to_date": minute}
    assert brand.as_app("POST", "/2/webhooks/replay", json=replay).status_code == 200
    _until(lambda: len(catcher.calls()) == 2)
    assert brand.as_app("DELETE", f"/2/webhooks/{hook}").json() == {"data": {"deleted": True}}
    catcher.close()


def _until(seen: Any) -> None:
    deadline = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _first(catcher: Catcher) -> Any:
    _until(catcher.calls)
    return catcher.calls()[0]


def test_what_anybody_says_streams_by_rule(brand: Brand) -> None:
    rules = "/2/tweets/search/stream/rules"
    brand.as_app("POST", rules, json={"add": [{"value": '"lost bag" -from:TsubameAir', "tag": "bags"}]})
    found: list[Any] = []
    opened = threading.Event()

    def listen() -> None:
        url, headers = f"{brand.server.url}/2/tweets/search/stream", {"Authorization": f"Bearer {brand.app['bearer']}"}
        with httpx.stream("GET", url, params={"tweet.fields": "author_id"}, headers=headers, timeout=10) as answer:
            for line in answer.iter_lines():
                opened.set()
                if line:
                    found.append(orjson.loads(line))
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(10)
    assert problem(brand.as_app("GET", "/2/tweets/search/stream")) == (429, "streaming-connection")
    brand.server.admin("POST", "/posts", author="mara", text="Found bag")
    key = brand.server.admin("POST", "/posts", author="mara", text="One more lost bag at Narita")["id"]
    thread.join(10)
    assert [(one["data"]["id"], one["matching_rules"][0]["tag"]) for one in found] == [(key, "bags")]


def test_what_stood_stands_after_a_kill(tmp_path: Path) -> None:
    server = XServer(tmp_path)
    brand = Brand(server)
    key = brand.say("Still here").json()["data"]["id"]
    server.stop()
    server.start()
    assert brand.ask("GET", f"/2/tweets/{key}").json()["data"]["text"] == "Still here"
    server.close()


@pytest.mark.parametrize(
    ("text", "weighs"),
    [("abc", 3), ("荷物", 4), ("https://example.com/a/very/long/path?x=1 ok", 26), ("👩‍👩‍👧‍👧", 2), ("é", 1)],
)
def test_weight(text: str, weighs: int) -> None:
    assert weight(text) == weighs
