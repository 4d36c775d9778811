"""Intake: from kept deliveries to cases on the queue, against the bare writing of the same rows."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg

from . import bare, tweets
from .figures import Figure, at_least, say, spread, table
from .ground import Ground, python, rounds, working_on

if TYPE_CHECKING:
    from kikite.accounts.models import Brand

GOAL = 3_000.0  # messages a second
SHARE = 0.25  # of bare inserts


def run(ground: Ground) -> list[Figure]:
    """Measure in turns: one process, two processes, bare; the medians."""
    posts, real = tweets.load()
    say(f"{len(posts):,} {'real tweets' if real else 'MADE-UP posts, because the archive is not here'}")
    _lay(ground, "one", posts, apart=False)
    _lay(ground, "many", posts, apart=True)
    single, double, apart, plainly = [], [], [], []
    rows: bare.Copy = []
    for number in range(rounds()):
        single.append(len(posts) / _read(ground, "one", 1))
        rows = rows or bare.copied(ground.address("run"))
        double.append(len(posts) / _read(ground, "one", 2))
        apart.append(len(posts) / _read(ground, "many", 2))
        ground.create("run", "one")
        plainly.append(len(posts) / bare.write(ground.address("run"), rows))
        say(
            f"intake {number + 1}: {single[-1]:,.0f} with one process, {double[-1]:,.0f} with two, "
            f"{apart[-1]:,.0f} with two and a brand an account, {plainly[-1]:,.0f} bare"
        )
    ground.drop("run")
    return _figures(real, single, double, apart, plainly)


def _figures(
    real: bool, single: Sequence[float], double: Sequence[float], apart: Sequence[float], plainly: Sequence[float]
) -> list[Figure]:
    unit = "messages/s"
    best = [max(pair) for pair in zip(single, double, strict=True)]
    shares = [rate / yardstick for rate, yardstick in zip(best, plainly, strict=True)]
    figures = [
        Figure("posts", "real, 53k archive" if real else "made up: the archive is not here"),
        Figure("one brand, one process", spread(single, unit)),
        Figure("one brand, two processes", spread(double, unit)),
        Figure("a brand for each account, two processes", spread(apart, unit)),
        Figure("bare multi-row inserts of the same rows", spread(plainly, unit)),
        at_least("one brand on two cores", median(best), GOAL, unit),
        at_least("  as a share of bare inserts", median(shares), SHARE, ""),
    ]
    table("Intake: kept deliveries to cases on the queue", figures)
    return figures


# --- what is read -----------------------------------------------------------------------------------------------


def _lay(ground: Ground, name: str, posts: Sequence[tweets.Tweet], *, apart: bool) -> None:
    """A database in which the posts stand as kept deliveries; `apart`: each account is a brand of its own."""
    from kikite.accounts.models import Brand

    ground.create(name, "kikite")
    with working_on(name):
        keep(ground.address(name), posts, None if apart else Brand.objects.create(slug="care", name="Care"))


def keep(address: str, posts: Sequence[tweets.Tweet], brand: Brand | None) -> None:
    """Keep the posts as deliveries of that brand's channels, or of a brand for each; Django works on the same base."""
    channels = _channels(sorted({post.brand for post in posts}), brand)
    with psycopg.connect(address, autocommit=True) as link:
        _copy(link, posts, channels)
        link.execute("VACUUM ANALYZE")


def _channels(names: Sequence[str], one: Brand | None) -> dict[str, int]:
    from kikite.accounts.models import Brand
    from kikite.channels import vault
    from kikite.channels.models import Channel

    made = {}
    for name in names:
        brand = one or Brand.objects.create(slug=name.lower(), name=name)
        channel = Channel.objects.create(
            brand=brand, network="practice", realm="practice", key=name, handle=name, name=name,
            base_url="http://practice.invalid", secrets=vault.seal({"token": "none"}),
        )  # fmt: skip
        made[name] = channel.pk
    return made


def _copy(link: psycopg.Connection[Any], posts: Sequence[tweets.Tweet], channels: dict[str, int]) -> None:
    copy = "COPY channels_delivery (channel_id, key, kind, body, received_at, reason) FROM STDIN"
    with link.cursor() as cursor, cursor.copy(copy) as stream:
        for row in _rows(posts, channels):
            stream.write_row(row)


def _rows(posts: Sequence[tweets.Tweet], channels: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    for number, post in enumerate(posts, 1):
        body = tweets.event(post, number)
        yield channels[post.brand], str(number), "post.created", body, post.at, ""


# --- reading it -------------------------------------------------------------------------------------------------


def _read(ground: Ground, template: str, processes: int) -> float:
    """Seconds until `processes` readers have read everything in a fresh copy of the database."""
    ground.create("run", template)
    environ = ground.environ("run")
    readers = [
        subprocess.Popen(
            python("tests.benchmarks.reader"), env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    begun = time.perf_counter()
    for reader in readers:
        assert reader.stdin is not None
        reader.stdin.write("go\n")
        reader.stdin.flush()
    counts = [int(reader.communicate()[0]) for reader in readers]
    took = time.perf_counter() - begun
    _check(ground, sum(counts))
    return took


def _check(ground: Ground, taken: int) -> None:
    with psycopg.connect(ground.address("run")) as link:
        row = link.execute(
            """SELECT (SELECT count(*) FROM channels_delivery), (SELECT count(*) FROM cases_message),
                      (SELECT count(*) FROM channels_delivery WHERE read_at IS NULL)"""
        ).fetchone()
    assert row == (taken, taken, 0), f"not everything was read: {row}, {taken} taken"
