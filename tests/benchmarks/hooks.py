"""Webhooks over HTTP: signed calls of one delivery each into one web process, answered once they are committed.

The web process, PostgreSQL and the caller share this machine. The caller is one process with as many kept-alive
connections as a network's senders have, each of which makes its next call when the last one was answered.
"""

from __future__ import annotations

import json
import subprocess
from statistics import median

import psycopg

from tests.desk.serving import served

from .figures import Figure, at_least, number, percentile, say, spread, table
from .ground import Ground, python, rounds, working_on

GOAL = 1_000.0  # deliveries a second
SECONDS = 8
SECRET = "what the network and we know"


def run(ground: Ground) -> list[Figure]:
    """Measure in a fresh database each time; the medians."""
    rates, middle, slow = [], [], []
    ground.create("laid", "kikite")
    with working_on("laid"):
        hook = _channel()
    for turn in range(rounds()):
        ground.create("run", "laid")
        rate, waits = _measure(ground, hook)
        rates.append(rate)
        middle.append(percentile(waits, 0.5))
        slow.append(percentile(waits, 0.99))
        say(f"hooks {turn + 1}: {rate:,.0f} deliveries/s")
    ground.drop("run")
    figures = [
        Figure("deliveries kept and acknowledged", spread(rates, "a second")),
        Figure("an answer takes, half of them", number(median(middle), "ms")),
        Figure("an answer takes, 99 of 100", number(median(slow), "ms")),
        at_least("webhook intake over HTTP with its signature checked", median(rates), GOAL, "deliveries/s"),
    ]
    table("Webhooks: signed calls to kept deliveries", figures)
    return figures


def _channel() -> str:
    from kikite.accounts.models import Brand
    from kikite.channels import vault
    from kikite.channels.models import Channel

    brand = Brand.objects.create(slug="care", name="Care")
    return Channel.objects.create(
        brand=brand, network="practice", realm="practice", key="1", handle="air", base_url="http://practice.invalid",
        secrets=vault.seal({"token": "none", "webhook_secret": SECRET}),
    ).hook  # fmt: skip


def _measure(ground: Ground, hook: str) -> tuple[float, list[float]]:
    """Deliveries a second, and how long each answer took in milliseconds. All that was acknowledged must be there."""
    from django.db import connection

    with working_on("run"), served(connection.settings_dict) as web:
        connection.close()
        caller = python("tests.benchmarks.caller", str(web.port), f"/hooks/{hook}", SECRET, str(SECONDS))
        said = json.loads(subprocess.run(caller, stdout=subprocess.PIPE, check=True).stdout)
    with psycopg.connect(ground.address("run")) as link:
        row = link.execute("SELECT count(*) FROM channels_delivery").fetchone()
    assert row and row[0] >= said["taken"], f"{said['taken']} were acknowledged, {row} are kept"
    return said["taken"] / said["seconds"], said["waits"]
