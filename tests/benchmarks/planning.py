"""Planning replies: how many drafts a second one process plans, and that it loses nothing by it."""

from __future__ import annotations

import csv
import gzip
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from kikite.networks.contract import Counting, Limits
from kikite.networks.planning import plan

from . import tweets
from .figures import Figure, at_least, plain, say, spread, table
from .ground import Ground, data, rounds
from .wording import JAPANESE, sentence

GOAL = 5_000.0  # drafts a second
DRAFTS = 10_000
REVIEWS = Path("japanese/hotel-reviews.tsv.gz")
# How many tweets, or Japanese sentences, long a draft is, and how often. Every fourth is longer than one post.
LENGTHS, SHARES = (1, 2, 3, 5, 9), (64, 20, 9, 5, 2)
X = Limits(280, Counting.WEIGHTED, link_weight=23, free_names=True)


def run(_ground: Ground) -> list[Figure]:
    """Plan the same drafts in each round."""
    drafts, real = _drafts()
    say(f"{len(drafts):,} drafts of {'real tweets and reviews' if real else 'MADE-UP sentences'}")
    planned = [plan(draft, X, signature="^CP") for draft in drafts]
    rates = [len(drafts) / _spent(drafts) for _ in range(rounds())]
    figures = [
        Figure("drafts", "of real tweets and reviews" if real else "made up: the archives are not here"),
        plain("characters of a draft, on average", sum(map(len, drafts)) / len(drafts), ""),
        plain("share that becomes a thread", sum(len(each.parts) > 1 for each in planned) / len(planned), ""),
        Figure("planned", spread(rates, "drafts/s")),
        at_least("planned by one process", median(rates), GOAL, "drafts/s"),
    ]
    table("Planning: drafts of agents for X, signed", figures)
    return figures


def _spent(drafts: Sequence[str]) -> float:
    """Seconds of processor time: nothing here waits, so what else the machine does is none of its business."""
    begun = time.process_time()
    for draft in drafts:
        plan(draft, X, signature="^CP")
    return time.process_time() - begun


def _drafts() -> tuple[list[str], bool]:
    rng = random.Random(280)
    posts, real = tweets.load()
    english = [post.text for post in posts if post.outgoing]
    japanese = _reviews() or [sentence(rng, "ja") for _ in range(1000)]
    return [_draft(rng, japanese if rng.random() < JAPANESE else english) for _ in range(DRAFTS)], real


def _draft(rng: random.Random, stock: Sequence[str]) -> str:
    (length,) = rng.choices(LENGTHS, SHARES)
    return rng.choice((" ", "\n\n")).join(rng.choice(stock) for _ in range(length))


def _reviews() -> list[str]:
    path = data() / REVIEWS
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [row[2] for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 2]
