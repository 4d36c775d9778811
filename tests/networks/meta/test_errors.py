"""Graph's error bodies, and what they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.lib.http import Answer
from kikite.networks.contract import (
    Forbidden,
    Later,
    RateLimited,
    Reason,
    Refused,
    Unauthorised,
    Unknown,
    Unreachable,
)
from kikite.networks.meta import errors


def answer(code: int, subcode: int = 0, message: str = "said", status: int = 400, **headers: str) -> Answer:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    error |= {"error_subcode": subcode} if subcode else {}
    named = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer(status, named, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("code", "subcode", "reason"),
    [
        (10, 2018278, Reason.CLOSED),
        (10, 2534022, Reason.CLOSED),
        (551, 1545041, Reason.CLOSED),
        (10900, 0, Reason.CLOSED),
        (100, 33, Reason.GONE),
        (100, 2018001, Reason.GONE),
        (100, 2018109, Reason.MEDIA),
        (10, 0, Reason.FORBIDDEN),
        (200, 0, Reason.FORBIDDEN),
        (299, 0, Reason.FORBIDDEN),
        (368, 0, Reason.FORBIDDEN),
        (506, 0, Reason.DUPLICATE),
        (100, 0, Reason.INVALID),
    ],
)
def test_refused_for_good(code: int, subcode: int, reason: Reason) -> None:
    assert errors.refusal(answer(code, subcode)) == Refused(reason, "said")


def test_too_long_is_told_by_its_words() -> None:
    said = errors.refusal(answer(100, message="(#100) Length of param message[text] must be at most 2000"))
    assert isinstance(said, Refused) and said.reason is Reason.TOO_LONG


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80006])
def test_limits_wait_for_the_networks_own_word(code: int) -> None:
    now = datetime.now(UTC)
    said = errors.refusal(answer(code, retry_after="90"))
    assert isinstance(said, Later) and said.reason is Reason.RATE_LIMITED
    assert said.until is not None and abs(said.until - now - timedelta(seconds=90)) < timedelta(seconds=5)
    use = '{"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":7}]}'
    found = errors.trouble(answer(code, x_business_use_case_usage=use))
    assert isinstance(found, RateLimited) and found.until is not None
    assert abs(found.until - now - timedelta(minutes=7)) < timedelta(seconds=5)


@pytest.mark.parametrize(("code", "subcode"), [(190, 463), (190, 460), (190, 0), (102, 0), (104, 0)])
def test_a_dead_token_waits_for_somebody_to_connect_again(code: int, subcode: int) -> None:
    said = errors.refusal(answer(code, subcode))
    assert isinstance(said, Later) and said.reason is Reason.UNAUTHORISED
    assert isinstance(errors.trouble(answer(code, subcode)), Unauthorised)


def test_a_wrong_secret_is_a_dead_token() -> None:
    assert isinstance(errors.trouble(answer(100, message="Invalid appsecret_proof provided")), Unauthorised)


@pytest.mark.parametrize("code", [1, 2, 1200])
def test_trouble_of_their_own_leaves_open_whether_it_was_sent(code: int) -> None:
    assert isinstance(errors.refusal(answer(code)), Unknown)


def test_a_missing_permission_is_named() -> None:
    found = errors.trouble(answer(200, message="(#200) Requires pages_messaging permission", status=403))
    assert isinstance(found, Forbidden) and "pages_messaging" in str(found)


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"id": "1', b"[]", b'{"error": 7}'])
def test_what_is_no_graph_error(body: bytes) -> None:
    assert isinstance(errors.refusal(Answer(502, httpx.Headers(), body)), Unknown)
    assert isinstance(errors.refusal(Answer(404, httpx.Headers(), body)), Later)
    assert isinstance(errors.trouble(Answer(502, httpx.Headers(), body)), Unreachable)


@given(
    st.integers(200, 599), st.binary(max_size=200) | st.builds(lambda v: json.dumps({"error": v}).encode(), st.none())
)
def test_any_answer_means_something(status: int, body: bytes) -> None:
    said: Any = errors.refusal(Answer(status, httpx.Headers(), body))
    assert isinstance(said, Refused | Later | Unknown)
    assert isinstance(errors.trouble(Answer(status, httpx.Headers(), body)), Exception)
