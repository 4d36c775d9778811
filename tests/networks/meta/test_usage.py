"""What the headers of an answer say of the limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kikite.networks.meta import usage
from tests.networks.meta.neutral import JSON


def told(**headers: Any) -> dict[str, Any]:
    named = {f"x-{name.replace('_', '-')}": json.dumps(value) for name, value in headers.items()}
    return dict(usage.budgets(named))


def test_the_fullest_share_counts() -> None:
    budget = told(app_usage={"call_count": 28, "total_time": 81, "total_cputime": 25})["app"]
    assert (budget.limit, budget.remaining) == (100, 19)
    assert timedelta(minutes=59) < budget.resets_at - datetime.now(UTC) < timedelta(minutes=61)


def test_the_networks_own_estimate_of_the_end() -> None:
    use = {"type": "messenger", "call_count": 95, "total_cputime": 20, "total_time": 20}
    found = told(business_use_case_usage={"112130216863063": [{**use, "estimated_time_to_regain_access": 28}]})
    budget = found["use/112130216863063/messenger"]
    assert budget.remaining == 0
    assert timedelta(minutes=27) < budget.resets_at - datetime.now(UTC) < timedelta(minutes=29)


def test_over_a_hundred_is_nothing_left() -> None:
    assert told(page_usage={"call_count": 180})["page"].remaining == 0


@given(JSON, JSON)
def test_nonsense_is_no_budget_or_a_bounded_one(app: Any, use: Any) -> None:
    for budget in told(app_usage=app, business_use_case_usage=use).values():
        assert 0 <= budget.remaining <= budget.limit == 100
        assert budget.resets_at < datetime.now(UTC) + timedelta(days=8)


@given(st.text(max_size=50))
def test_no_json_is_no_budget(text: str) -> None:
    headers = {"x-app-usage": text, "x-business-use-case-usage": text}
    assert all(budget.limit == 100 for _, budget in usage.budgets(headers))
