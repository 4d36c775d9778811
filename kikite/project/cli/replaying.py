"""`kikite replay`: an archive of tweets, played as live traffic on the practice network."""

from __future__ import annotations

import csv
import gzip
import html
import sys
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from kikite.project import env
from kikite.project.cli import ground
from kikite.project.cli.practice import Admin, connect, settings_of_serve
from kikite.project.problems import Problem

if TYPE_CHECKING:
    from kikite.accounts.models import Brand

COLUMNS = ("tweet_id", "author_id", "inbound", "created_at", "text", "in_response_to_tweet_id")
TURN = 0.2  # seconds; what falls due within one is posted together
BATCH = 500
TELL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Tweet:
    """One row of the archive. `parent` is "" for the first of a thread."""

    id: str
    author: str
    at: datetime
    text: str
    parent: str


def run(file: Path, brand: str, speed: float, limit: int, pause: float) -> None:
    """Play it. Raises Problem when the file is none, the brand not in it, or the practice network away."""
    tweets = archive(file)
    ours = threads_of(tweets, brand)
    if not ours:
        known = ", ".join(name for name, _ in brands(tweets).most_common(12))
        raise Problem(f"{file.name} has nothing of {brand}. Its brands: {known}.")
    play = ours[:limit] if limit else ours
    due = timetable(play, speed, pause)
    admin = Admin(settings_of_serve(env.read()))
    with ground.django():
        _connect(admin, brand)
    how = f"{speed:g} times as fast as they came: {_span(due[-1])}"
    print(f"Playing {len(play):,} posts of {brand}, {how}. Ctrl-C ends it.")
    Player(admin, play, due).play()


def timetable(tweets: Sequence[Tweet], speed: float, pause: float) -> list[float]:
    """When each is posted, in seconds after the first; no wait is longer than `pause` seconds (0: as long as it is)."""
    due = [0.0]
    for before, tweet in pairwise(tweets):
        gap = (tweet.at - before.at).total_seconds() / speed
        due.append(due[-1] + (min(gap, pause) if pause else gap))
    return due


# --- reading the archive ----------------------------------------------------------------------------------------


def archive(file: Path) -> list[Tweet]:
    """All rows, oldest first. Raises Problem when the columns are not there or a row cannot be read."""
    csv.field_size_limit(1 << 20)
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8", errors="replace", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise Problem(f"{file} lacks the columns {', '.join(missing)}.")
            tweets, broken = _tweets(rows)
    except (OSError, EOFError, ValueError, csv.Error) as error:
        raise Problem(f"{file} cannot be read as an archive of tweets: {error}") from None
    if not tweets:
        raise Problem(f"{file} has no row that can be read.")
    if broken:
        print(f"Left out {broken} broken rows.")
    return sorted(tweets, key=lambda tweet: (tweet.at, int(tweet.id)))


def _tweets(rows: Iterable[dict[str, str]]) -> tuple[list[Tweet], int]:
    """What can be read, and how many rows cannot: archives of years have lines that a line break cut in two."""
    tweets, broken = [], 0
    for row in rows:
        try:
            tweets.append(_tweet(row))
        except (ValueError, TypeError, AttributeError):
            broken += 1
    return tweets, broken


def _tweet(row: dict[str, str]) -> Tweet:
    """Raises ValueError, TypeError or AttributeError for a row that is cut short or holds something else."""
    at = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
    parent = row["in_response_to_tweet_id"].removesuffix(".0")  # a column of numbers that once had holes
    return Tweet(str(int(row["tweet_id"])), row["author_id"].strip() or "0", at, html.unescape(row["text"]), parent)


def brands(tweets: Sequence[Tweet]) -> Counter[str]:
    """Who answers in the archive, with how often: brands stand by name, customers by number."""
    return Counter(tweet.author for tweet in tweets if not tweet.author.isdecimal())


def threads_of(tweets: Sequence[Tweet], brand: str) -> list[Tweet]:
    """The whole threads in which the brand speaks or is spoken to, in order."""
    known = {tweet.id: tweet for tweet in tweets}
    roots = {tweet.id: _root(tweet, known) for tweet in tweets}
    mention = f"@{brand.lower()}"
    wanted = {roots[t.id] for t in tweets if t.author.lower() == brand.lower() or mention in t.text.lower()}
    return [tweet for tweet in tweets if roots[tweet.id] in wanted]


def _root(tweet: Tweet, known: dict[str, Tweet]) -> str:
    seen = {tweet.id}
    while (parent := known.get(tweet.parent)) and parent.id not in seen:
        seen.add(parent.id)
        tweet = parent
    return tweet.id


# --- playing it -------------------------------------------------------------------------------------------------


class Player:
    """Posts each tweet when its time comes, and says how far it is."""

    def __init__(self, admin: Admin, tweets: Sequence[Tweet], due: Sequence[float]) -> None:
        self.admin = admin
        self.tweets = tweets
        self.due = due
        self.run = f"replay-{time.time_ns()}"  # so that a second replay answers its own posts
        self._told = 0.0

    def play(self) -> None:
        refused = 0
        for first, end in self._turns():
            keys = self.admin.bulk([self._post(tweet) for tweet in self.tweets[first:end]])
            refused += keys.count(None)
            self._tell(end)
        print(f"\nPlayed {len(self.tweets) - refused:,} posts.")
        if refused:
            print(f"{refused} were refused by the network's own rules.")

    def _turns(self) -> Iterator[tuple[int, int]]:
        """What falls due together, at the moment when it does."""
        start, first = time.monotonic(), 0
        while first < len(self.due):
            time.sleep(max(0.0, start + self.due[first] - time.monotonic()))
            end = bisect_right(
                self.due, time.monotonic() - start + TURN, lo=first + 1, hi=min(len(self.due), first + BATCH)
            )
            yield first, end
            first = end

    def _post(self, tweet: Tweet) -> dict[str, str]:
        parent = f"{self.run}-{tweet.parent}" if tweet.parent else ""
        return {"ref": f"{self.run}-{tweet.id}", "author": tweet.author, "text": tweet.text, "reply_to_ref": parent}

    def _tell(self, done: int) -> None:
        """On a terminal one line that changes; elsewhere a line now and then."""
        live, left = sys.stdout.isatty(), self.due[-1] - self.due[done - 1]
        if not live and left and time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        text = f"{done:,} of {len(self.tweets):,} posts, {_span(left)} left"
        print(f"\r\x1b[K{text}" if live else text, end="" if live else "\n", flush=True)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _connect(admin: Admin, name: str) -> None:
    """The brand and its practice channel; whoever may set up the installation may answer for it."""
    from django.utils.text import slugify

    from kikite.accounts.models import Agent, Brand, Membership

    brand: Brand
    brand, _ = Brand.objects.get_or_create(slug=slugify(name)[:60], defaults={"name": name[:120]})
    for agent in Agent.objects.filter(is_admin=True):
        Membership.objects.get_or_create(agent=agent, brand=brand, defaults={"role": Membership.Role.ADMIN})
    connect(admin, brand, name, name)
