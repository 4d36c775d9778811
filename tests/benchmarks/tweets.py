"""Posts to read: a real archive of 53,429 tweets as the practice network would have handed them over.

The archive is not part of the repository (its licence does not allow it). Without it a made-up one of the same shape
is used, and the table says so.
"""

from __future__ import annotations

import csv
import gzip
import html
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from .ground import data
from .wording import sentence

ARCHIVE = Path("care-tweets/tweets-53k.csv.gz")
POSTS, INBOUND, BRANDS, PARENTS = 53_429, 0.34, 77, 0.23  # the archive's own figures


@dataclass(frozen=True, slots=True)
class Tweet:
    """`brand` is the care account that the tweet's thread is with; brands' own tweets are `outgoing`."""

    id: str
    author: str
    outgoing: bool
    at: datetime
    text: str
    parent: str
    brand: str = ""


def load() -> tuple[list[Tweet], bool]:
    """All tweets, oldest first, and whether they are real."""
    path = data() / ARCHIVE
    real = path.exists()
    tweets = _with_brands(_read(path) if real else made_up(POSTS))
    return sorted(tweets, key=lambda tweet: (tweet.at, int(tweet.id))), real


def _read(path: Path) -> list[Tweet]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [_tweet(row) for row in csv.DictReader(lines)]


def _tweet(row: dict[str, str]) -> Tweet:
    parent = row["in_response_to_tweet_id"].removesuffix(".0")
    at = datetime.fromisoformat(row["created_at"])
    return Tweet(row["tweet_id"], row["author_id"], row["inbound"] == "False", at, html.unescape(row["text"]), parent)


def made_up(count: int) -> list[Tweet]:
    """An archive of the same shape: as many brands, inbound tweets and present parents as in the real one."""
    rng = random.Random(53)
    start = datetime(2017, 10, 1, tzinfo=UTC)
    tweets: list[Tweet] = []
    for number in range(1, count + 1):
        outgoing = rng.random() >= INBOUND
        brand = f"Brand{min(int(rng.expovariate(0.06)), BRANDS - 1)}"
        parent = rng.choice(tweets[-500:]) if tweets and rng.random() < PARENTS else None
        if parent is not None:
            brand = parent.brand
        author = brand if outgoing else str(rng.randrange(100_000, 114_000))
        at = start + timedelta(seconds=number * 90)
        answered = parent.id if parent else (str(number + 10_000_000) if outgoing else "")
        tweets.append(Tweet(str(number), author, outgoing, at, f"@{brand} {sentence(rng)}", answered, brand))
    return tweets


def _with_brands(tweets: Sequence[Tweet]) -> list[Tweet]:
    known = {tweet.id: tweet for tweet in tweets}
    answers: dict[str, str] = {tweet.parent: tweet.author for tweet in tweets if tweet.outgoing and tweet.parent}
    brands = {tweet.author.lower(): tweet.author for tweet in tweets if tweet.outgoing}
    most = max(brands.values(), key=lambda name: sum(tweet.author == name for tweet in tweets))
    return [replace(tweet, brand=_brand(tweet, known, answers, brands) or most) for tweet in tweets]


def _brand(tweet: Tweet, known: dict[str, Tweet], answers: dict[str, str], brands: dict[str, str]) -> str:
    """Who wrote it, whom it names, who answered it, or the same of what it answers."""
    seen: set[str] = set()
    while tweet.id not in seen:
        seen.add(tweet.id)
        if tweet.outgoing:
            return tweet.author
        words = (word.strip("@.,:;!?").lower() for word in tweet.text.split() if word.startswith("@"))
        found = next((brands[word] for word in words if word in brands), "") or answers.get(tweet.id, "")
        if found or tweet.parent not in known:
            return found
        tweet = known[tweet.parent]
    return ""


def event(tweet: Tweet, number: int) -> bytes:
    """The practice network's event of this post, for the channel of the tweet's brand."""
    return orjson.dumps(
        {
            "id": str(number),
            "type": "post.created",
            "at": tweet.at.isoformat(),
            "data": {
                "id": tweet.id,
                "author": _author(tweet.author, tweet.outgoing),
                "text": tweet.text,
                "lang": "",
                "at": tweet.at.isoformat(),
                "edited_at": None,
                "media": [],
                "reply_to": tweet.parent or None,
                "root": tweet.parent or None,
                "mentions": [],
                "url": f"http://practice.invalid/posts/{tweet.id}",
                "why": "own" if tweet.outgoing else "mention",
            },
        }
    )


def _author(name: str, brand: bool) -> dict[str, object]:
    return {
        "id": name,
        "handle": name if brand else f"c{name}",
        "name": name,
        "avatar": f"http://practice.invalid/faces/{name}",
        "url": f"http://practice.invalid/@{name}",
        "followers": None if brand else int(name) % 5000,
        "automated": False,
    }
