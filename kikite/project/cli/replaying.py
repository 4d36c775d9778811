"""`kikite replay`: an archive of tweets, played as live traffic on the practice network."""

from __future__ import annotations

import csv
import gzip
import html
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
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


def run(file: Path, brand: str, speed: float, limit: int) -> None:
    """Play it. Raises Problem when the file is none, the brand not in it, or the practice network away."""
    tweets = archive(file)
    ours = threads_of(tweets, brand)
    if not ours:
        known = ", ".join(name for name, _ in brands(tweets).most_common(12))
        raise Problem(f"{file.name} has nothing of {brand}. Its brands: {known}.")
    play = ours[:limit] if limit else ours
    settings = settings_of_serve(env.read())
    admin = Admin(settings)
    with ground.django():
        _connect(admin, brand)
    lasts = (play[-1].at - play[0].at).total_seconds() / speed
    print(
        f"Playing {len(play):,} posts of {brand}, {speed:g} times as fast as they came: {_span(lasts)}. Ctrl-C ends it."
    )
    Player(admin, speed).play(play)


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
            tweets = [_tweet(row) for row in rows]
    except (OSError, EOFError, ValueError, TypeError, csv.Error) as error:
        raise Problem(f"{file} cannot be read as an archive of tweets: {error}") from None
    return sorted(tweets, key=lambda tweet: (tweet.at, int(tweet.id)))


def _tweet(row: dict[str, str]) -> Tweet:
    at = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
    parent = row["in_response_to_tweet_id"].removesuffix(".0")  # a column of numbers that once had holes
    return Tweet(row["tweet_id"], row["author_id"], at, html.unescape(row["text"]), parent)


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

    def __init__(self, admin: Admin, speed: float) -> None:
        self.admin = admin
        self.speed = speed
        self.run = f"replay-{time.time_ns()}"  # so that a second replay answers its own posts
        self.refused = 0
        self._told = 0.0

    def play(self, tweets: Sequence[Tweet]) -> None:
        done = 0
        for due in self._turns(tweets):
            keys = self.admin.bulk([self._post(tweet) for tweet in due])
            self.refused += keys.count(None)
            done += len(due)
            self._tell(done, len(tweets), tweets[done:])
        refused = f" {self.refused} were refused by the network's own rules." if self.refused else ""
        print(f"\nPlayed {done - self.refused:,} posts.{refused}")

    def _turns(self, tweets: Sequence[Tweet]) -> Iterator[Sequence[Tweet]]:
        """What falls due together, at the moment when it does."""
        start, first, done = time.monotonic(), tweets[0].at, 0
        while done < len(tweets):
            wait = start + self._after(first, tweets[done]) - time.monotonic()
            time.sleep(max(0.0, wait))
            now = time.monotonic() - start + TURN
            end = done + 1
            while end < len(tweets) and end - done < BATCH and self._after(first, tweets[end]) <= now:
                end += 1
            yield tweets[done:end]
            done = end

    def _after(self, first: datetime, tweet: Tweet) -> float:
        return (tweet.at - first).total_seconds() / self.speed

    def _post(self, tweet: Tweet) -> dict[str, str]:
        parent = f"{self.run}-{tweet.parent}" if tweet.parent else ""
        return {"ref": f"{self.run}-{tweet.id}", "author": tweet.author, "text": tweet.text, "reply_to_ref": parent}

    def _tell(self, done: int, total: int, rest: Sequence[Tweet]) -> None:
        """On a terminal one line that changes; elsewhere a line now and then."""
        live = sys.stdout.isatty()
        if not live and time.monotonic() - self._told < TELL_SECONDS and rest:
            return
        self._told = time.monotonic()
        left = (rest[-1].at - rest[0].at).total_seconds() / self.speed if rest else 0.0
        text = f"{done:,} of {total:,} posts, {_span(left)} left"
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
