"""X's refusals, as its documentation and its answers word them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from kikite.lib.http import Answer
from kikite.networks.contract import Later, Reason, Refused, Unknown
from kikite.networks.x.answers import sentence, until
from kikite.networks.x.outcomes import refusal

NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
SPOKEN = [
    ("You are not allowed to create a Tweet with duplicate content.", Reason.DUPLICATE),
    (NOT_SUMMONED, Reason.UNSUMMONED),
    ("You attempted to reply to a Tweet that is deleted or not visible to you.", Reason.GONE),
    ("You have been blocked from the author of this tweet.", Reason.BLOCKED),
    ("You cannot send messages to this user.", Reason.CLOSED),
    ("You do not have permission to DM one or more participants.", Reason.CLOSED),
    ("The original Tweet author restricted who can reply to this Tweet.", Reason.FORBIDDEN),
    ("User is suspended.", Reason.FORBIDDEN),
    (
        "To protect our users from spam and other malicious activity, this account is temporarily locked.",
        Reason.FORBIDDEN,
    ),
    ("Your Tweet text is too long.", Reason.TOO_LONG),
    ("Your media IDs are invalid.", Reason.MEDIA),
    ("Forbidden", Reason.FORBIDDEN),
]


def answer(status: int, said: object = None, **headers: str) -> Answer:
    body = said if isinstance(said, bytes) else json.dumps(said or {}).encode()
    return Answer(status, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)


def problem(status: int, detail: str, kind: str = "about:blank") -> Answer:
    return answer(status, {"title": "Forbidden", "detail": detail, "type": kind, "status": status})


@pytest.mark.parametrize(("said", "reason"), SPOKEN)
def test_refused(said: str, reason: Reason) -> None:
    assert refusal(problem(403, said)) == Refused(reason, said)


def test_the_reason_stands_below_a_sentence_that_says_nothing() -> None:
    said = {
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.x.com/2/problems/invalid-request",
        "errors": [{"parameters": {}, "message": "Your Tweet text is too long."}],
    }
    outcome = refusal(answer(400, said))
    assert isinstance(outcome, Refused) and outcome.reason is Reason.TOO_LONG
    assert outcome.detail.endswith("Your Tweet text is too long.")


def test_errors_in_the_words_of_api_1() -> None:
    said = {"errors": [{"code": 187, "message": "Status is a duplicate."}]}
    assert refusal(answer(403, said)) == Refused(Reason.DUPLICATE, "Status is a duplicate.")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_may_have_taken_it(status: int) -> None:
    assert isinstance(refusal(answer(status, b"<html>")), Unknown)


def test_credits_and_tokens_are_for_people_to_mend() -> None:
    assert refusal(problem(402, "Credits depleted")) == Later(Reason.UNAVAILABLE, detail="Credits depleted")
    assert refusal(problem(401, "Unauthorized")) == Later(Reason.UNAUTHORISED, detail="Unauthorized")
    assert isinstance(refusal(answer(302, location="https://elsewhere.example")), Later)


def test_until() -> None:
    window = {"x_rate_limit_reset": "1800000000"}
    assert until(answer(429, **window)) == datetime.fromtimestamp(1_800_000_000, UTC)
    day = {f"x_user_limit_24hour_{name}": told for name, told in (("limit", "1440"), ("remaining", "0"))}
    day["x_user_limit_24hour_reset"] = "1800080000"
    assert until(answer(429, **window, **day)) == datetime.fromtimestamp(1_800_080_000, UTC)
    spare = {**day, "x_user_limit_24hour_remaining": "7"}
    assert until(answer(429, **window, **spare)) == datetime.fromtimestamp(1_800_000_000, UTC)
    assert until(answer(429, x_rate_limit_reset="soon")) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{", b"\xff", b'{"detail": 7, "errors": 3}'])
def test_a_sentence_is_always_there(body: bytes) -> None:
    assert sentence(answer(418, body)) == "X answered 418"
