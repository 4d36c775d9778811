"""Nothing lost, nothing twice: workers are killed with SIGKILL at random moments, under traffic and faults, and what
stands on the network is counted against what the agents sent.

KIKITE_KILLS is how many times in all (300), KIKITE_KILL_SEED what the dice begin with (printed, else random).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

from kikite.accounts.models import Brand
from kikite.cases.models import Message, Reply, ReplyPart
from kikite.cases.states import UNFINISHED, PartState
from kikite.channels.models import Delivery
from kikite.history.models import Event, Verb
from tests.contract.stage import Standing
from tests.workflows.ground import a_brand, an_agent, until

from .life import Book, Life, kill_at_random
from .towns import MastodonTown, PracticeTown, Town
from .zygote import Workers

KILLS = int(os.environ.get("KIKITE_KILLS", "300"))
SEED = int(os.environ.get("KIKITE_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)


def test_practice_network(workers: Workers, tmp_path: Path) -> None:
    """It forgets keys: what is unknown is looked up before anything is sent again."""
    _kill_and_count(PracticeTown(tmp_path), workers, KILLS * 2 // 3)
    if KILLS >= 100:
        assert workers.said("found, it stands") and workers.said("not found, it is sent again")


def test_mastodon(workers: Workers, tmp_path: Path) -> None:
    """It knows a key again: what is unknown is sent again under the same one."""
    _kill_and_count(MastodonTown(tmp_path), workers, KILLS - KILLS * 2 // 3)


def _kill_and_count(town: Town, workers: Workers, kills: int) -> None:
    print(f"KIKITE_KILL_SEED={SEED}")
    brand = a_brand()
    life = Life(town, brand, an_agent(brand), town.connect(brand), SEED)
    try:
        workers.begin()
        workers.begin()
        life.begin()
        kill_at_random(kills, random.Random(SEED), workers.kill, workers.begin)
        life.rest()
        until(lambda: _all_is_done(brand, life.book), "an empty outbox and all posts read", 180)
        life.end()
        assert not life.book.failures
        _report(workers, kills)
        _count_replies(brand, life.book, town.standing())
        _count_posts(brand, life.book)
    finally:
        life.end()
        town.close()


def _all_is_done(brand: Brand, book: Book) -> bool:
    unread = Delivery.objects.filter(read_at=None, set_aside_at=None)
    heard = Message.objects.filter(brand=brand, direction="in").count() >= len(book.posted)
    return heard and not unread.exists() and not ReplyPart.objects.filter(state__in=UNFINISHED).exists()


def _report(workers: Workers, kills: int) -> None:
    parts = ReplyPart.objects.filter(state=PartState.SENT)
    died = workers.said("its sender died")
    found, absent = workers.said("found, it stands"), workers.said("not found, it is sent again")
    again = parts.filter(attempts__gt=1).count()
    print(f"{kills} kills: {parts.count()} parts sent, {again} of them in several attempts")
    print(f"senders that died in sending: {died}; looked up and found: {found}, absent: {absent}")
    if kills >= 100:
        assert died and again, "the kills struck nothing: the test proves nothing"


def _count_replies(brand: Brand, book: Book, standing: list[Standing]) -> None:
    """What stands is what was sent: each part once, in its place, in order, and known here by its key."""
    wanted = Counter(text for texts, end in book.sent.values() for text in texts[: end - 1 if end else None])
    assert Counter(post.text for post in standing) == wanted
    assert Reply.objects.filter(case__brand=brand).count() == len(book.sent)
    assert Message.objects.filter(brand=brand, direction="out").count() == len(standing)
    posts = {post.key: post for post in standing}
    for reply in Reply.objects.filter(case__brand=brand).select_related("answers").prefetch_related("parts__message"):
        _check_parts(reply, book, posts)
    sent = ReplyPart.objects.filter(case__brand=brand, state=PartState.SENT).order_by("case_id", "id")
    by_case: dict[int, list[int]] = {}
    for case, key in sent.values_list("case_id", "message__key"):
        by_case.setdefault(case, []).append(int(key))
    assert all(keys == sorted(keys) for keys in by_case.values()), "the order within a case was not kept"
    events = Event.objects.filter(brand=brand)
    assert events.filter(verb=Verb.SENT).count() == len(standing)
    assert not events.filter(verb=Verb.ANSWERED_ELSEWHERE).exists()
    assert not events.filter(verb=Verb.REFUSED).exists()


def _check_parts(reply: Reply, book: Book, posts: dict[str, Standing]) -> None:
    texts, end = book.sent[reply.token]
    parts = sorted(reply.parts.all(), key=lambda part: part.number)
    assert [part.text for part in parts] == texts
    unthreaded = reply.private and reply.channel.network == "practice"  # its private messages form no threads
    answered = reply.answers.key if reply.answers.private == reply.private and not unthreaded else ""
    for part in parts:
        if end and part.number >= end:
            assert part.state == PartState.WITHDRAWN and part.message is None
            continue
        assert part.state == PartState.SENT and part.message is not None
        post = posts[part.message.key]
        assert (post.text, post.reply_to) == (part.text, answered)
        assert (part.message.agent_id, part.message.case_id) == (reply.agent_id, reply.case_id)
        answered = "" if unthreaded else post.key


def _count_posts(brand: Brand, book: Book) -> None:
    """Every post of a customer is one message of a case."""
    inbound = Message.objects.filter(brand=brand, direction="in")
    assert Counter(inbound.values_list("key", flat=True)) == Counter(book.posted)
    assert not inbound.filter(case=None).exists()
    assert not Delivery.objects.filter(channel__brand=brand, set_aside_at__isnull=False).exists()
